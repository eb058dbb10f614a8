import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Clip } from "../api/commands.ts";
import { Visit } from "./visit.ts";

const clip = (clip_id: string, doorbell_id: string, started_at: string): Clip =>
  ({ clip_id, doorbell_id, started_at }) as Clip;
const CLIPS = [
  clip("c", "d1", "12:03"),
  clip("b", "d2", "12:02"),
  clip("a", "d1", "12:01"),
];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the newest clip of each doorbell is seen once it was looked at for a while", () => {
  const mark = vi.fn();
  const visit = new Visit(mark);
  visit.look(true, CLIPS);
  vi.advanceTimersByTime(1_900);
  visit.look(true, CLIPS);
  expect(mark).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(mark.mock.calls).toStrictEqual([[{ d1: "12:03", d2: "12:02" }]]);
  visit.look(true, CLIPS);
  vi.advanceTimersByTime(5_000);
  expect(mark).toHaveBeenCalledTimes(1);
});

test("who scrolls past it has not seen it, and a newer one is looked at anew", () => {
  const mark = vi.fn();
  const visit = new Visit(mark);
  visit.look(true, CLIPS);
  visit.look(false, CLIPS);
  vi.advanceTimersByTime(5_000);
  expect(mark).not.toHaveBeenCalled();
  visit.look(true, CLIPS);
  vi.advanceTimersByTime(1_500);
  visit.look(true, [clip("d", "d1", "12:09"), ...CLIPS]);
  vi.advanceTimersByTime(1_500);
  expect(mark).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  expect(mark.mock.calls).toStrictEqual([[{ d1: "12:09", d2: "12:02" }]]);
});

test("to who never looked, nothing is new but what comes now; later marks change no dots", () => {
  vi.setSystemTime("2026-11-24T12:00:00Z");
  const visit = new Visit(() => undefined);
  visit.begin({ d1: "2026-11-24T11:00:00Z" }, ["d1", "d2"]);
  const seen = { d1: "2026-11-24T11:00:00Z", d2: "2026-11-24T12:00:00.000Z" };
  expect(visit.seen).toStrictEqual(seen);
  visit.begin({ d1: "2026-11-24T11:30:00Z" }, ["d1", "d2"]);
  expect(visit.seen).toStrictEqual(seen);
});
