import { expect, test } from "vitest";
import { bulletin, request } from "../../mock/requests.ts";
import type { OpenRequest, RequestsState } from "../api/commands.ts";
import { NO_REQUESTS } from "../api/home-feed.ts";
import { boardOf, groupsOf } from "./board.ts";

const STATE: RequestsState = {
  ...NO_REQUESTS,
  requests: [
    request({ request_id: "older", begins: "2026-11-01T10:00:00+00:00" }),
    request({ request_id: "closed", state: "closed" }),
    request({ request_id: "newer", begins: "2026-11-20T10:00:00+00:00" }),
    request({ request_id: "lacking", lacks: ["area"], begins: null }),
    request({ request_id: "over", state: "over" }),
    request({ request_id: "hidden", hidden: true }),
  ],
  bulletins: [
    bulletin({ bulletin_id: "closed", state: "closed" }),
    bulletin({ bulletin_id: "open" }),
    bulletin({ bulletin_id: "hidden", hidden: true }),
  ],
};
const ids = (requests: readonly OpenRequest[]): string[] =>
  requests.map((one) => one.request_id);

test("open requests come first, what happened last on top, then those that are over", () => {
  const board = boardOf(STATE, false);
  expect(ids(board.open)).toStrictEqual(["newer", "older"]);
  expect(ids(board.over).sort()).toStrictEqual(["closed", "over"]);
  expect(ids(board.invalid)).toStrictEqual(["lacking"]);
  expect(board.bulletins.map((one) => one.bulletin_id)).toStrictEqual([
    "open",
    "closed",
  ]);
});

test("what a clip matches comes first, and each agency's are together", () => {
  const asked = (agency_id: string, request_id: string, clips: number) =>
    request({ agency_id, agency: agency_id, request_id, clips });
  const requests = [asked("a", "1", 0), asked("b", "2", 3), asked("a", "3", 1)];
  const { open } = boardOf({ ...NO_REQUESTS, requests }, false);
  expect(ids(open)).toStrictEqual(["2", "3", "1"]);
  expect(
    groupsOf(open).map(({ agencyId, items }) => [agencyId, ...ids(items)]),
  ).toStrictEqual([
    ["b", "2"],
    ["a", "3", "1"],
  ]);
});

test("what was put away is counted, and shown when it is wanted", () => {
  expect(boardOf(STATE, false).hidden).toBe(2);
  const board = boardOf(STATE, true);
  expect(ids(board.open)).toContain("hidden");
  expect(board.bulletins.length).toBe(3);
  expect(board.hidden).toBe(2);
});
