import { expect, test } from "vitest";
import { gridOf, layoutOf } from "./today-layout.ts";

test.for([
  [390, 788, "phone"],
  [820, 1124, "tablet"],
  [844, 334, "short"],
  [1280, 744, "wide"],
  [1280, 400, "short"],
] as const)("a page of %i x %i pixels is laid out as %s", ([width, height, layout]) => {
  expect(layoutOf({ width, height })).toBe(layout);
});

test("the second doorbell of a phone is as large as the first", () => {
  expect(gridOf(1, "phone")).toMatchObject({ columns: 1, rows: 1 });
  expect(gridOf(2, "phone")).toMatchObject({ columns: 2, rows: 1 });
  expect(gridOf(4, "phone")).toMatchObject({ columns: 2, rows: 2, scrolls: false });
  expect(gridOf(8, "phone")).toMatchObject({ columns: 4, rows: 2, scrolls: true });
});

test("eight doorbells are a grid on a desktop", () => {
  expect(gridOf(1, "wide")).toMatchObject({ columns: 1, rows: 1 });
  expect(gridOf(2, "wide")).toMatchObject({ columns: 2, rows: 1 });
  expect(gridOf(4, "wide")).toMatchObject({ columns: 2, rows: 2 });
  expect(gridOf(8, "wide")).toMatchObject({ columns: 4, rows: 2 });
});
