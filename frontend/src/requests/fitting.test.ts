import { expect, test } from "vitest";
import { request } from "../../mock/requests.ts";
import { NO_REQUESTS } from "../api/home-feed.ts";
import type { OpenRequest, ShareState } from "../api/commands.ts";
import { fitting, isAsked } from "./fitting.ts";

const count = (change: Partial<OpenRequest>): number =>
  fitting({ ...NO_REQUESTS, requests: [request(change)] });

test("what can be answered with a clip of this home counts, and nothing else", () => {
  expect(count({})).toBe(1);
  expect(count({ clips: 0 })).toBe(0);
  expect(count({ hidden: true })).toBe(0);
  expect(count({ state: "closed" })).toBe(0);
  expect(count({ state: "over" })).toBe(0);
  expect(count({ lacks: ["offence"] })).toBe(0);
});

test("what was answered counts no more, unless nothing came of it", () => {
  const answered = (state: ShareState): number =>
    count({
      answers: [{ share_id: "s", clip_id: "c", state }],
    });
  expect(answered("delivered")).toBe(0);
  expect(answered("uploading")).toBe(0);
  expect(answered("cancelled")).toBe(1);
  expect(answered("expired")).toBe(1);
});

test("there is somebody who could ask once an agency or a group publishes", () => {
  expect(isAsked(NO_REQUESTS)).toBe(false);
  expect(isAsked({ ...NO_REQUESTS, requests: [request()] })).toBe(true);
});
