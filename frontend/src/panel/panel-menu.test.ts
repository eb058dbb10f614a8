import { expect, test } from "vitest";
import { NO_REQUESTS } from "../api/home-feed.ts";
import type { Doorbell } from "../api/commands.ts";
import { pagesOf } from "./panel-menu.ts";

const DOORBELLS = [{ doorbell_id: "doorbell-1" }] as Doorbell[];

test("pages without anything to show are not in the menu", () => {
  const nobody = { requests: NO_REQUESTS, doorbells: [] };
  expect(pagesOf(nobody, false)).toStrictEqual(["shared", "deleted", "notifications"]);
  const feeds = [{}] as unknown as typeof NO_REQUESTS.feeds;
  const asked = { requests: { ...NO_REQUESTS, feeds }, doorbells: DOORBELLS };
  expect(pagesOf(asked, true)).toStrictEqual([
    "requests",
    "shared",
    "deleted",
    "wall",
    "notifications",
    "settings",
  ]);
});
