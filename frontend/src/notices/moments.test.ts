import { expect, test } from "vitest";
import { minutesUntilTomorrow, weekdayName, weekFrom } from "./moments.ts";

test("tomorrow at seven is by the clock at home, also where that is set", () => {
  const until = (now: string): number =>
    minutesUntilTomorrow(7, Date.parse(now), "Europe/Berlin");
  expect(until("2026-11-26T22:00:00+01:00")).toBe(9 * 60);
  // Also after midnight, it means the next day.
  expect(until("2026-11-27T00:30:30+01:00")).toBe(30 * 60 + 30);
  expect(until("2026-03-28T22:00:00+01:00")).toBe(8 * 60);
  expect(until("2026-10-24T22:00:00+02:00")).toBe(10 * 60);
});

test("a week begins with the day that it begins with there", () => {
  expect(weekFrom(1)).toStrictEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(weekFrom(7)).toStrictEqual([6, 0, 1, 2, 3, 4, 5]);
  expect(weekFrom(7).map((day) => weekdayName(day, "en", "short"))[0]).toBe("Sun");
});
