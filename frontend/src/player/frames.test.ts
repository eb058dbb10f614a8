import { expect, test } from "vitest";
import { Frames } from "./frames.ts";

/** The number of the frame at a time, with 15 frames per second. */
const number = (at: number): number => Math.floor(at * 15 + 1e-9);

function played(): Frames {
  const frames = new Frames();
  for (let one = 0; one <= 10; one += 1) frames.shown(one / 15);
  return frames;
}

test("a step leads to the next or the previous frame", () => {
  const frames = played();
  for (const now of [10 / 15, 10.9 / 15]) {
    expect(number(frames.beside(now, 1))).toBe(11);
    expect(number(frames.beside(now, -1))).toBe(9);
  }
});

test("before anything was played, each press leads further", () => {
  const frames = new Frames();
  frames.shown(0);
  const once = frames.beside(0, 1);
  const twice = frames.beside(once, 1);
  expect(number(twice)).toBe(1);
});

test("there is nothing before the first frame", () => {
  expect(new Frames().beside(0, -1)).toBe(0);
});
