import { expect, test } from "vitest";
import { dayOf } from "../../mock/days.ts";
import type { Day, Doorbell, Mark } from "../api/commands.ts";
import { DayLook } from "./day-look.ts";

const HOUR = 3_600;

const doorbell = (id: string): Doorbell => ({
  doorbell_id: id,
  name: id,
  camera_entity_id: null,
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
});

const DOORBELLS = [doorbell("doorbell-1"), doorbell("doorbell-2")];

function look(day: Day = dayOf("2026-11-24"), before?: DayLook): DayLook {
  const seen = new DayLook(day, DOORBELLS, "Europe/Berlin", new Set(), before);
  if (!before) seen.width = 1_000;
  return seen;
}

const marksAt = (...times: number[]): Mark[] =>
  times.map((at) => ({
    clip_id: `clip-${at}`,
    doorbell_id: "doorbell-1",
    at,
    duration: 20,
    kinds: ["motion"],
    labels: [],
    protected: false,
  }));

test("a doorbell that is not there any more has a lane of its own, when it has clips", () => {
  expect(look().lanes).toStrictEqual(["doorbell-1", "doorbell-2"]);
  const day = dayOf("2026-11-24", { doorbells: ["doorbell-1", "gone"] });
  const seen = look(day);
  expect(seen.lanes).toStrictEqual(["doorbell-1", "doorbell-2", ""]);
  expect(seen.laneOf("gone")).toBe(2);
});

test("a clip that comes changes nothing of what is seen; another day is seen whole", () => {
  const first = look();
  first.zoom(4, 12 * HOUR);
  const more = look(
    { ...first.day, marks: [...first.day.marks, ...marksAt(5)] },
    first,
  );
  expect(more.view).toStrictEqual(first.view);
  expect(more.width).toBe(1_000);
  expect(look(dayOf("2026-11-23"), first).isWhole).toBe(true);
});

test("an hour on is the next clip after it, or the last on the way", () => {
  const day = { ...dayOf("2026-11-24"), marks: marksAt(0, 100, 2 * HOUR, 2.5 * HOUR) };
  const seen = look(day);
  const from = (at: number, direction: -1 | 1): number | undefined => {
    const mark = seen.find(`clip-${at}`);
    return mark && seen.hourFrom(mark, direction)?.at;
  };
  expect(from(0, 1)).toBe(2 * HOUR);
  expect(from(2 * HOUR, 1)).toBe(2.5 * HOUR);
  expect(from(2.5 * HOUR, -1)).toBe(100);
  expect(from(100, -1)).toBe(0);
});

test("only what is near is meant, and nothing on the hours is", () => {
  const day = { ...dayOf("2026-11-24"), marks: marksAt(12 * HOUR) };
  const seen = new DayLook(day, DOORBELLS.slice(0, 1), "Europe/Berlin", new Set());
  seen.width = 1_000;
  expect(seen.meant({ x: 505, y: 20 })?.mark.at).toBe(12 * HOUR);
  expect(seen.meant({ x: 600, y: 20 })).toBeUndefined();
  expect(seen.nearest({ x: 600, y: 20 })?.mark.at).toBe(12 * HOUR);
  expect(seen.meant({ x: 505, y: seen.laneHeight + 5 })).toBeUndefined();
});

test("a height is in the nearest lane", () => {
  const seen = look();
  const lanes = [-20, 0, seen.topOf(1) - 1, seen.topOf(1), 900].map((y) =>
    seen.laneAt(y),
  );
  expect(lanes).toStrictEqual([0, 0, 0, 1, 1]);
});

test("the wheel scrolls the page, goes along the day, or comes nearer", () => {
  const seen = look();
  const still = {
    deltaX: 0,
    deltaY: 0,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
  };
  const turn = (change: Partial<typeof still>, rtl = false): boolean =>
    seen.turn({ ...still, ...change }, 500, rtl);
  expect(turn({ deltaY: 50 })).toBe(false);
  expect(turn({ deltaX: 50 })).toBe(false); // The whole day is visible.
  expect(turn({ deltaY: -50, ctrlKey: true })).toBe(true);
  expect(seen.isWhole).toBe(false);
  expect(seen.timeAt(500)).toBeCloseTo(12 * HOUR, 6);
  const { from } = seen.view;
  expect(turn({ deltaX: 50 })).toBe(true);
  expect(seen.view.from).toBeGreaterThan(from);
  expect(turn({ deltaX: 50 }, true)).toBe(true);
  expect(seen.view.from).toBeCloseTo(from, 6);
  expect(turn({ deltaY: 50, shiftKey: true })).toBe(true);
  expect(turn({ deltaX: 10, deltaY: 50 })).toBe(false);
});

test("a moment is of this day, or of none", () => {
  const seen = look();
  expect(seen.secondOf(Date.parse("2026-11-24T12:00:00+01:00"))).toBe(12 * HOUR);
  expect(seen.secondOf(Date.parse("2026-11-25T00:00:00+01:00"))).toBeUndefined();
  expect(seen.secondOf(undefined)).toBeUndefined();
});
