import { expect, test } from "vitest";
import {
  addDays,
  addMonths,
  dayByKey,
  firstWeekdayOf,
  sameDayOf,
  weeksOf,
  within,
} from "./days.ts";

const WEEK = { firstWeekday: 1, rightToLeft: false };

test("days go on over months, years and the change of the clocks", () => {
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
  expect(addDays("2026-10-24", 2)).toBe("2026-10-26");
  expect(addMonths("2026-11", 2)).toBe("2027-01");
  expect(addMonths("2026-01", -1)).toBe("2025-12");
  expect(sameDayOf("2026-02", "2026-01-31")).toBe("2026-02-28");
});

test("a month is whole weeks, begun on the day that the reader begins them", () => {
  const monday = weeksOf("2026-11", 1);
  expect(monday.length).toBe(6);
  expect(monday[0]?.findIndex(Boolean)).toBe(6);
  expect(monday[5]?.[0]).toBe("2026-11-30");
  expect(weeksOf("2026-11", 7)[0]?.[0]).toBe("2026-11-01");
  expect(weeksOf("2026-11", 7).length).toBe(5);
  for (const week of monday) expect(week.length).toBe(7);
});

test("keys lead to days as in every calendar", () => {
  const to = (key: string, far = false): string | undefined =>
    dayByKey(key, far, "2026-11-25", WEEK);
  expect(to("ArrowLeft")).toBe("2026-11-24");
  expect(to("ArrowDown")).toBe("2026-12-02");
  expect(to("Home")).toBe("2026-11-23");
  expect(to("End")).toBe("2026-11-29");
  expect(to("PageUp")).toBe("2026-10-25");
  expect(to("PageUp", true)).toBe("2025-11-25");
  expect(to("PageDown")).toBe("2026-12-25");
  expect(to("a")).toBeUndefined();
});

test("from right to left the arrows lead where they point", () => {
  const rtl = { ...WEEK, rightToLeft: true };
  expect(dayByKey("ArrowLeft", false, "2026-11-25", rtl)).toBe("2026-11-26");
  expect(dayByKey("ArrowUp", false, "2026-11-25", rtl)).toBe("2026-11-18");
});

test("the week begins as the person chose, or as their language has it", () => {
  expect(firstWeekdayOf("en-US", "saturday")).toBe(6);
  expect(firstWeekdayOf("en-US", "language")).toBe(7);
  expect(firstWeekdayOf("de")).toBe(1);
});

test("a day is kept within the first and the last", () => {
  expect(within("2026-11-01", "2026-11-05", "2026-11-09")).toBe("2026-11-05");
  expect(within("2026-11-11", "2026-11-05", "2026-11-09")).toBe("2026-11-09");
  expect(within("2026-11-07", "2026-11-05", "2026-11-09")).toBe("2026-11-07");
});
