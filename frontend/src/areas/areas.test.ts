import { expect, test } from "vitest";
import {
  addArea,
  addCorner,
  areaAt,
  fromStored,
  MOST_AREAS,
  MOST_CORNERS,
  moveCorner,
  newArea,
  rectangle,
  removeArea,
  removeCorner,
  type Area,
} from "./areas.ts";

const square = rectangle([10, 10], [30, 30]);

test("a rectangle has four corners, whichever way it was drawn", () => {
  expect(square).toStrictEqual([
    [10, 10],
    [30, 10],
    [30, 30],
    [10, 30],
  ]);
  expect(rectangle([30, 10], [10, 30])).toStrictEqual(square);
  expect(rectangle([-5, 10], [10, 130])[2]).toStrictEqual([10, 100]);
});

test("two stored corners are a rectangle", () => {
  const [first, second] = fromStored([
    [
      [10, 10],
      [30, 30],
    ],
    [
      [0, 0],
      [50, 0],
      [0, 50],
    ],
  ]);
  expect(first).toStrictEqual(square);
  expect(second?.length).toBe(3);
});

test("corners move within the picture, in tenths", () => {
  const moved = moveCorner([square], 0, 1, [130, 33.333]);
  expect(moved[0]?.[1]).toStrictEqual([100, 33.3]);
  expect(moveCorner([square, square], 1, 0, [0, 0])[0]).toStrictEqual(square);
});

test("a new corner lies half-way and changes no shape", () => {
  expect(addCorner([square], 0, 0)[0]?.[1]).toStrictEqual([20, 10]);
  expect(addCorner([square], 0, 3)[0]?.[4]).toStrictEqual([10, 20]);
  let many: Area[] = [square];
  for (let count = 0; count < 100; count += 1) many = addCorner(many, 0, 0);
  expect(many[0]?.length).toBe(MOST_CORNERS);
});

test("a shape keeps three corners", () => {
  let areas: Area[] = [square];
  for (let count = 0; count < 5; count += 1) areas = removeCorner(areas, 0, 0);
  expect(areas[0]?.length).toBe(3);
  expect(removeArea(areas, 0)).toStrictEqual([]);
});

test("no more areas than are stored, and each within the picture", () => {
  let areas: Area[] = [];
  for (let count = 0; count < 50; count += 1) areas = addArea(areas, newArea(areas));
  expect(areas.length).toBe(MOST_AREAS);
  expect(areas.flat(2).every((value) => value >= 0 && value <= 100)).toBe(true);
});

test("the uppermost area at a point is found", () => {
  const areas = [square, rectangle([20, 20], [40, 40])];
  expect(areaAt(areas, [15, 15])).toBe(0);
  expect(areaAt(areas, [25, 25])).toBe(1);
  expect(areaAt(areas, [90, 90])).toBe(-1);
});
