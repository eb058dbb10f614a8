import assert from "node:assert/strict";
import test from "node:test";
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
  assert.deepEqual(square, [
    [10, 10],
    [30, 10],
    [30, 30],
    [10, 30],
  ]);
  assert.deepEqual(rectangle([30, 10], [10, 30]), square);
  assert.deepEqual(rectangle([-5, 10], [10, 130])[2], [10, 100]);
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
  assert.deepEqual(first, square);
  assert.equal(second?.length, 3);
});

test("corners move within the picture, in tenths", () => {
  const moved = moveCorner([square], 0, 1, [130, 33.333]);
  assert.deepEqual(moved[0]?.[1], [100, 33.3]);
  assert.deepEqual(moveCorner([square, square], 1, 0, [0, 0])[0], square);
});

test("a new corner lies half-way and changes no shape", () => {
  assert.deepEqual(addCorner([square], 0, 0)[0]?.[1], [20, 10]);
  assert.deepEqual(addCorner([square], 0, 3)[0]?.[4], [10, 20]);
  let many: Area[] = [square];
  for (let count = 0; count < 100; count += 1) many = addCorner(many, 0, 0);
  assert.equal(many[0]?.length, MOST_CORNERS);
});

test("a shape keeps three corners", () => {
  let areas: Area[] = [square];
  for (let count = 0; count < 5; count += 1) areas = removeCorner(areas, 0, 0);
  assert.equal(areas[0]?.length, 3);
  assert.deepEqual(removeArea(areas, 0), []);
});

test("no more areas than are stored, and each within the picture", () => {
  let areas: Area[] = [];
  for (let count = 0; count < 50; count += 1) areas = addArea(areas, newArea(areas));
  assert.equal(areas.length, MOST_AREAS);
  assert.ok(areas.flat(2).every((value) => value >= 0 && value <= 100));
});

test("the uppermost area at a point is found", () => {
  const areas = [square, rectangle([20, 20], [40, 40])];
  assert.equal(areaAt(areas, [15, 15]), 0);
  assert.equal(areaAt(areas, [25, 25]), 1);
  assert.equal(areaAt(areas, [90, 90]), -1);
});
