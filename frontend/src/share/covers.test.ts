import { expect, test } from "vitest";
import { rectangle } from "../areas/areas.ts";
import {
  hasMistake,
  isCovered,
  newCover,
  placeOf,
  redactionOf,
  resized,
  shifted,
} from "./covers.ts";

const AREA = rectangle([20, 30], [50, 60]);
const place = (area: typeof AREA): number[] => Object.values(placeOf(area));

test("a corner takes the two beside it along, and the one across stays", () => {
  expect(resized(AREA, 0, [10, 15])).toStrictEqual(rectangle([10, 15], [50, 60]));
  expect(resized(AREA, 1, [70, 15])).toStrictEqual(rectangle([20, 15], [70, 60]));
  expect(resized(AREA, 2, [70, 80])).toStrictEqual(rectangle([20, 30], [70, 80]));
  expect(resized(AREA, 3, [5, 80])).toStrictEqual(rectangle([5, 30], [50, 80]));
});

test("no corner goes past the one across, nor out of the picture", () => {
  expect(resized(AREA, 0, [90, 90])).toStrictEqual(rectangle([48, 58], [50, 60]));
  expect(resized(AREA, 2, [0, 0])).toStrictEqual(rectangle([20, 30], [22, 32]));
  expect(resized(AREA, 2, [130, 130])).toStrictEqual(rectangle([20, 30], [100, 100]));
});

test("an area keeps its size when it is moved, to the edge and no further", () => {
  expect(place(shifted(AREA, 5, -10))).toStrictEqual([25, 20, 30, 30]);
  expect(place(shifted(AREA, -99, 99))).toStrictEqual([0, 70, 30, 30]);
});

test("it is sent in fractions, with times only where it is not covered all the time", () => {
  const cover = { ...newCover(AREA), start: "1,5", end: "4" };
  const where = { left: 0.2, top: 0.3, width: 0.3, height: 0.3 };
  expect(redactionOf(cover)).toStrictEqual(where);
  expect(redactionOf({ ...cover, always: false })).toStrictEqual({
    ...where,
    start: 1.5,
    end: 4,
  });
  expect(redactionOf({ ...cover, always: false, start: "" })).toStrictEqual({
    ...where,
    end: 4,
  });
  // Rounding must not move an edge beyond the image.
  const edge = redactionOf(newCover(rectangle([66.7, 12.3], [100, 100])));
  expect(edge).toStrictEqual({ left: 0.667, top: 0.123, width: 0.333, height: 0.877 });
});

test("times that cannot be are a mistake", () => {
  const wrong = (start: string, end: string): boolean =>
    hasMistake({ ...newCover(AREA), always: false, start, end }, 9.5);
  expect(wrong("", "")).toBe(false);
  expect(wrong("1", "9,5")).toBe(false);
  expect(wrong("5", "5")).toBe(true);
  expect(wrong("5", "x")).toBe(true);
  expect(wrong("-1", "")).toBe(true);
  expect(wrong("", "11")).toBe(true);
  expect(hasMistake({ ...newCover(AREA), start: "x" }, 9.5)).toBe(false);
});

test("the picture shows what is covered at its time", () => {
  const cover = { ...newCover(AREA), always: false, start: "2", end: "3" };
  expect([1.9, 2, 3, 3.1].map((at) => isCovered(cover, at))).toStrictEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isCovered({ ...cover, always: true }, 9)).toBe(true);
});
