import { expect, test } from "vitest";
import { barsOf, edgeOf, pictureAt, timeAt, timeByKey } from "./scrub.ts";

test("a position is a time of the clip, also beyond the bar", () => {
  const bar = { left: 100, width: 200 };
  expect(timeAt(150, bar, 20)).toBe(5);
  expect(timeAt(0, bar, 20)).toBe(0);
  expect(timeAt(999, bar, 20)).toBe(20);
  expect(timeAt(100, { left: 100, width: 0 }, 20)).toBe(0);
});

test("keys move the slider", () => {
  expect(timeByKey("ArrowLeft", 3, 20, 5)).toBe(0);
  expect(timeByKey("ArrowUp", 3, 20, 5)).toBe(8);
  expect(timeByKey("End", 3, 20, 5)).toBe(20);
  expect(timeByKey("PageUp", 3, 20, 5)).toBe(5);
  expect(timeByKey("a", 3, 20, 5)).toBeUndefined();
});

test("the picture stays within the bar", () => {
  expect(edgeOf(10, 160, 400)).toBe(0);
  expect(edgeOf(200, 160, 400)).toBe(120);
  expect(edgeOf(395, 160, 400)).toBe(240);
});

test("the picture is the last one before a time", () => {
  const stills = [1, 4].map((at) => ({ at, picture: `picture-${at}` }));
  expect([0, 3.9, 4].map((at) => pictureAt(stills, at))).toStrictEqual([
    "picture-1",
    "picture-1",
    "picture-4",
  ]);
  expect(pictureAt([], 4)).toBeUndefined();
});

test("silence has no bar", () => {
  expect(barsOf([0, 0.5])).toBe("M1.15 1v-0.5h0.7v0.5z");
});
