import assert from "node:assert/strict";
import test from "node:test";
import { beginOf, endAt, endByKey, startAt, startByKey } from "./cut.ts";

const LIMITS = { length: 9.5, keyframes: [0, 2, 4.034, 6, 8], exact: false };
const EXACT = { ...LIMITS, exact: true };
const WHOLE = { start: 0, end: 9.5 };

test("a copied picture begins at the next whole one, never before what was chosen", () => {
  assert.equal(beginOf(0, LIMITS), 0);
  assert.equal(beginOf(2, LIMITS), 2);
  assert.equal(beginOf(2.1, LIMITS), 4.034);
  assert.equal(beginOf(4.034, LIMITS), 4.034);
  assert.equal(beginOf(8.1, LIMITS), undefined);
  assert.equal(beginOf(2.1, EXACT), 2.1);
  assert.equal(beginOf(2.1, { ...LIMITS, keyframes: [] }), 2.1);
});

test("the start that was pointed at is the nearest that is possible", () => {
  assert.equal(startAt(2.9, WHOLE, LIMITS), 2);
  assert.equal(startAt(3.1, WHOLE, LIMITS), 4.034);
  assert.equal(startAt(-3, WHOLE, LIMITS), 0);
  assert.equal(startAt(99, WHOLE, LIMITS), 8);
  assert.equal(startAt(99, { start: 0, end: 5 }, LIMITS), 4.034);
  assert.equal(startAt(3.1234, WHOLE, EXACT), 3.123);
  assert.equal(startAt(99, { start: 0, end: 5 }, EXACT), 4.9);
});

test("the end stays after the start and within the clip", () => {
  assert.equal(endAt(99, WHOLE, LIMITS), 9.5);
  assert.equal(endAt(1, { start: 4, end: 9 }, LIMITS), 4.1);
  assert.equal(endAt(7.25, WHOLE, LIMITS), 7.25);
});

test("keys move the start from one whole picture to the next", () => {
  const by = (key: string, start: number, limits = LIMITS): number | undefined =>
    startByKey(key, false, { start, end: 9.5 }, limits);
  assert.equal(by("ArrowRight", 0), 2);
  assert.equal(by("ArrowRight", 2), 4.034);
  assert.equal(by("ArrowLeft", 4.034), 2);
  assert.equal(by("ArrowRight", 2.5), 6); // it stood at 4.034 already
  assert.equal(by("ArrowRight", 8), 8);
  assert.equal(by("ArrowLeft", 0), 0);
  assert.equal(by("End", 0), 8);
  assert.equal(by("Home", 6), 0);
  assert.equal(by("Enter", 6), undefined);
  assert.equal(by("ArrowRight", 2, EXACT), 2.1);
  assert.equal(startByKey("ArrowUp", true, { start: 2, end: 9.5 }, EXACT), 3);
});

test("keys move the end by tenths, and by seconds with Shift or Page", () => {
  const by = (key: string, far = false): number | undefined =>
    endByKey(key, far, { start: 2, end: 6 }, LIMITS);
  assert.equal(by("ArrowLeft"), 5.9);
  assert.equal(by("ArrowRight"), 6.1);
  assert.equal(by("ArrowRight", true), 7);
  assert.equal(by("PageDown"), 5);
  assert.equal(by("Home"), 2.1);
  assert.equal(by("End"), 9.5);
  assert.equal(by("a"), undefined);
});
