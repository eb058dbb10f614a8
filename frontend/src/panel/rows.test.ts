import { expect, test } from "vitest";
import type { Clip } from "../api/commands.ts";
import { Rows, shapeFor } from "./rows.ts";

const SHAPE = { columns: 3, row: 100, head: 40, beside: false };

/** This many clips on each day, going back from today, newest first. */
const clips = (...counts: number[]): Clip[] =>
  counts.flatMap((count, day) =>
    Array.from(
      { length: count },
      (_, index) =>
        ({
          clip_id: `${day}-${index}`,
          started_at: new Date(
            Date.UTC(2026, 10, 24 - day, 12, 0, -index),
          ).toISOString(),
          timezone: "Europe/Berlin",
        }) as Clip,
    ),
  );

test("days stand below each other, each as high as its rows", () => {
  const rows = new Rows(clips(4, 1, 3), SHAPE);
  expect(
    rows.days.map(({ key, top, height, first }) => [key, top, height, first]),
  ).toEqual([
    ["2026-11-24", 0, 240, 0],
    ["2026-11-23", 240, 140, 4],
    ["2026-11-22", 380, 140, 5],
  ]);
  expect(rows.height).toBe(520);
});

test("only the rows near the screen are drawn, whatever the length of the list", () => {
  const rows = new Rows(clips(3000, 3000), SHAPE);
  const drawn = rows.drawn(50_000, 51_000);
  expect(drawn.map(({ day, from, to }) => [day.key, from, to])).toEqual([
    ["2026-11-24", 1497, 1530],
  ]);
  const both = rows.drawn(100_000, 100_300).map(({ from, to }) => [from, to]);
  expect(both).toEqual([
    [2997, 3000],
    [0, 9],
  ]);
});

test("a clip is found by its height, and its height by its place", () => {
  const rows = new Rows(clips(4, 1), SHAPE);
  expect([0, 2, 3, 4].map((index) => rows.topOf(index))).toEqual([40, 40, 140, 280]);
  expect(rows.at(0)).toBe(0);
  expect(rows.at(41)).toBe(3);
  expect(rows.at(141)).toBe(4);
  expect(rows.at(1000)).toBeUndefined();
});

test("a clip is shown while some of its row is", () => {
  const rows = new Rows(clips(4), SHAPE);
  const shown = (from: number, to: number): boolean => rows.shows("0-3", from, to);
  expect([shown(0, 140), shown(0, 141), shown(239, 500), shown(240, 500)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([rows.shows("gone", 0, 500), rows.shows(undefined, 0, 500)]).toEqual([
    false,
    false,
  ]);
});

test("arrow keys go from clip to clip, and over the end of a day", () => {
  const rows = new Rows(clips(4, 2, 5), SHAPE);
  const go = (key: string, from: number): number | undefined =>
    rows.byKey(key, from, false);
  expect(go("ArrowRight", 3)).toBe(4);
  expect(go("ArrowLeft", 0)).toBe(0);
  expect(rows.byKey("ArrowLeft", 0, true)).toBe(1);
  expect(go("ArrowDown", 0)).toBe(3);
  expect(go("ArrowDown", 2)).toBe(3);
  expect(go("ArrowDown", 3)).toBe(4);
  expect(go("ArrowDown", 5)).toBe(7);
  expect(go("ArrowUp", 7)).toBe(5);
  expect(go("ArrowUp", 6)).toBe(4);
  expect(go("ArrowUp", 4)).toBe(3);
  expect(go("ArrowUp", 0)).toBe(0);
  expect([go("Home", 5), go("End", 0), go("a", 0)]).toEqual([0, 10, undefined]);
});

test("a phone shows rows, a wall as many pictures as fit", () => {
  expect(shapeFor(390, 16).columns).toBe(1);
  expect(shapeFor(780, 16).columns).toBe(3);
  expect(shapeFor(1240, 16).columns).toBe(5);
  // A larger font makes rows wider, up to the width of a phone.
  expect(shapeFor(358, 16).beside).toBe(true);
  expect(shapeFor(358, 24)).toMatchObject({ columns: 1, beside: false });
  expect(shapeFor(390, 24).row).toBeGreaterThan(shapeFor(390, 16).row);
});
