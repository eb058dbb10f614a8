import { expect, test } from "vitest";
import { beginOf, endAt, endByKey, startAt, startByKey } from "./cut.ts";

const LIMITS = { length: 9.5, keyframes: [0, 2, 4.034, 6, 8], exact: false };
const EXACT = { ...LIMITS, exact: true };
const WHOLE = { start: 0, end: 9.5 };

test("a copied picture begins at the next whole one, never before what was chosen", () => {
  expect(beginOf(0, LIMITS)).toBe(0);
  expect(beginOf(2, LIMITS)).toBe(2);
  expect(beginOf(2.1, LIMITS)).toBe(4.034);
  expect(beginOf(4.034, LIMITS)).toBe(4.034);
  expect(beginOf(8.1, LIMITS)).toBe(undefined);
  expect(beginOf(2.1, EXACT)).toBe(2.1);
  expect(beginOf(2.1, { ...LIMITS, keyframes: [] })).toBe(2.1);
});

test("the start that was pointed at is the nearest that is possible", () => {
  expect(startAt(2.9, WHOLE, LIMITS)).toBe(2);
  expect(startAt(3.1, WHOLE, LIMITS)).toBe(4.034);
  expect(startAt(-3, WHOLE, LIMITS)).toBe(0);
  expect(startAt(99, WHOLE, LIMITS)).toBe(8);
  expect(startAt(99, { start: 0, end: 5 }, LIMITS)).toBe(4.034);
  expect(startAt(3.1234, WHOLE, EXACT)).toBe(3.123);
  expect(startAt(99, { start: 0, end: 5 }, EXACT)).toBe(4.9);
});

test("the end stays after the start and within the clip", () => {
  expect(endAt(99, WHOLE, LIMITS)).toBe(9.5);
  expect(endAt(1, { start: 4, end: 9 }, LIMITS)).toBe(4.1);
  expect(endAt(7.25, WHOLE, LIMITS)).toBe(7.25);
});

test("keys move the start from one whole picture to the next", () => {
  const by = (key: string, start: number, limits = LIMITS): number | undefined =>
    startByKey(key, false, { start, end: 9.5 }, limits);
  expect(by("ArrowRight", 0)).toBe(2);
  expect(by("ArrowRight", 2)).toBe(4.034);
  expect(by("ArrowLeft", 4.034)).toBe(2);
  expect(by("ArrowRight", 2.5)).toBe(6); // it was at 4.034 already
  expect(by("ArrowRight", 8)).toBe(8);
  expect(by("ArrowLeft", 0)).toBe(0);
  expect(by("End", 0)).toBe(8);
  expect(by("Home", 6)).toBe(0);
  expect(by("Enter", 6)).toBe(undefined);
  expect(by("ArrowRight", 2, EXACT)).toBe(2.1);
  expect(startByKey("ArrowUp", true, { start: 2, end: 9.5 }, EXACT)).toBe(3);
});

test("keys move the end by tenths, and by seconds with Shift or Page", () => {
  const by = (key: string, far = false): number | undefined =>
    endByKey(key, far, { start: 2, end: 6 }, LIMITS);
  expect(by("ArrowLeft")).toBe(5.9);
  expect(by("ArrowRight")).toBe(6.1);
  expect(by("ArrowRight", true)).toBe(7);
  expect(by("PageDown")).toBe(5);
  expect(by("Home")).toBe(2.1);
  expect(by("End")).toBe(9.5);
  expect(by("a")).toBe(undefined);
});
