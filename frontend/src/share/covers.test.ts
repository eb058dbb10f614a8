import assert from "node:assert/strict";
import test from "node:test";
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
  assert.deepEqual(resized(AREA, 0, [10, 15]), rectangle([10, 15], [50, 60]));
  assert.deepEqual(resized(AREA, 1, [70, 15]), rectangle([20, 15], [70, 60]));
  assert.deepEqual(resized(AREA, 2, [70, 80]), rectangle([20, 30], [70, 80]));
  assert.deepEqual(resized(AREA, 3, [5, 80]), rectangle([5, 30], [50, 80]));
});

test("no corner goes past the one across, nor out of the picture", () => {
  assert.deepEqual(resized(AREA, 0, [90, 90]), rectangle([48, 58], [50, 60]));
  assert.deepEqual(resized(AREA, 2, [0, 0]), rectangle([20, 30], [22, 32]));
  assert.deepEqual(resized(AREA, 2, [130, 130]), rectangle([20, 30], [100, 100]));
});

test("an area keeps its size when it is moved, to the edge and no further", () => {
  assert.deepEqual(place(shifted(AREA, 5, -10)), [25, 20, 30, 30]);
  assert.deepEqual(place(shifted(AREA, -99, 99)), [0, 70, 30, 30]);
});

test("it is sent in fractions, with times only where it is not covered all the time", () => {
  const cover = { ...newCover(AREA), start: "1,5", end: "4" };
  const where = { left: 0.2, top: 0.3, width: 0.3, height: 0.3 };
  assert.deepEqual(redactionOf(cover), where);
  assert.deepEqual(redactionOf({ ...cover, always: false }), {
    ...where,
    start: 1.5,
    end: 4,
  });
  assert.deepEqual(redactionOf({ ...cover, always: false, start: "" }), {
    ...where,
    end: 4,
  });
  // Nothing is lost or gained by arithmetic at the edge of the picture.
  const edge = redactionOf(newCover(rectangle([66.7, 12.3], [100, 100])));
  assert.deepEqual(edge, { left: 0.667, top: 0.123, width: 0.333, height: 0.877 });
});

test("times that cannot be are a mistake", () => {
  const wrong = (start: string, end: string): boolean =>
    hasMistake({ ...newCover(AREA), always: false, start, end }, 9.5);
  assert.equal(wrong("", ""), false);
  assert.equal(wrong("1", "9,5"), false);
  assert.equal(wrong("5", "5"), true);
  assert.equal(wrong("5", "x"), true);
  assert.equal(wrong("-1", ""), true);
  assert.equal(wrong("", "11"), true);
  assert.equal(hasMistake({ ...newCover(AREA), start: "x" }, 9.5), false);
});

test("the picture shows what is covered at its time", () => {
  const cover = { ...newCover(AREA), always: false, start: "2", end: "3" };
  assert.deepEqual(
    [1.9, 2, 3, 3.1].map((at) => isCovered(cover, at)),
    [false, true, true, false],
  );
  assert.equal(isCovered({ ...cover, always: true }, 9), true);
});
