import { expect, test } from "vitest";
import { share } from "../../mock/shares.ts";
import type { Share } from "../api/commands.ts";
import { actionsOf, iconOf, isProblem } from "./share-actions.ts";

const names = (
  state: Share["state"],
  change: Partial<Share> = {},
  isDismissible = false,
): string[] =>
  actionsOf(share(state, change), isDismissible).map(({ action, primary }) =>
    primary ? `${action}!` : action,
  );

test("a share can be undone, then stopped", () => {
  expect(names("waiting")).toStrictEqual(["undo!"]);
  expect(names("packaging")).toStrictEqual(["stop"]);
  expect(names("uploading", { can_hand_over: true, next_attempt: "1" })).toStrictEqual([
    "stop",
    "hand_over",
    "retry_now!",
  ]);
});

test("a file to hand over is downloaded before it is stopped", () => {
  expect(names("ready")).toStrictEqual(["download!", "open_page", "stop"]);
  expect(names("handed_over")).toStrictEqual(["share_again", "open_page"]);
});

test("a share that is over can be hidden where others are listed", () => {
  expect(names("delivered")).toStrictEqual([]);
  expect(names("delivered", {}, true)).toStrictEqual(["dismiss"]);
  expect(names("expired", {}, true)).toStrictEqual(["dismiss", "share_again!"]);
});

test("a failed share is tried again; another one needs a new tap", () => {
  expect(names("failed", { can_hand_over: true })).toStrictEqual([
    "give_up",
    "hand_over",
    "retry!",
  ]);
  expect(names("needs_new_tap")).toStrictEqual(["put_away", "share_again!"]);
  expect([isProblem("failed"), isProblem("cancelled")]).toStrictEqual([true, false]);
  expect([iconOf("failed"), iconOf("cancelled"), iconOf("uploading")]).toStrictEqual([
    "alert",
    "undo",
    "share",
  ]);
});
