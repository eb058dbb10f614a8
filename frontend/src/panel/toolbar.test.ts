import { expect, test } from "vitest";
import { stepIn } from "./toolbar.ts";

const press = (key: string, at: number, rtl = false, shiftKey = false) =>
  stepIn(5, at, { key, altKey: false, ctrlKey: false, metaKey: false, shiftKey }, rtl);

test("arrow keys move to the next button of a toolbar, in the direction of reading", () => {
  expect(press("ArrowRight", 1)).toBe(2);
  expect(press("ArrowRight", 1, true)).toBe(0);
  expect(press("ArrowLeft", 0)).toBe(0);
  expect(press("ArrowRight", 4)).toBe(4);
  expect(press("Home", 3)).toBe(0);
  expect(press("End", 1)).toBe(4);
});

test("other keys stay with the browser", () => {
  expect(press("a", 1)).toBeUndefined();
  expect(press("ArrowRight", 1, false, true)).toBeUndefined();
});
