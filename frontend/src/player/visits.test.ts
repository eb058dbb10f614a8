import { expect, test } from "vitest";
import { visitsOf } from "./visits.ts";

const at = (door: string, start: number, end: number) => ({
  doorbell_id: door,
  started_at: new Date(start * 1000).toISOString(),
  ended_at: new Date(end * 1000).toISOString(),
});

test("clips of the same door within a minute are one visit", () => {
  const clips = [at("a", 0, 20), at("a", 50, 70), at("a", 140, 150), at("b", 155, 160)];
  expect(visitsOf(clips).map((visit) => visit.length)).toStrictEqual([2, 1, 1]);
  expect(visitsOf([])).toStrictEqual([]);
});
