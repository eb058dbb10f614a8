import { expect, test } from "vitest";
import * as format from "./format.ts";
import { firstWeekdayOf } from "../panel/days.ts";

const EN = { language: "en" };
const AT = "2026-11-24T23:30:05+00:00";

test("times are those of the home, in the way the person chose", () => {
  expect(format.time(AT, "Europe/Berlin", { ...EN, timeFormat: "24" })).toBe(
    "00:30:05",
  );
  expect(format.time(AT, "America/New_York", { ...EN, timeFormat: "12" })).toMatch(
    /^6:30:05\sPM$/,
  );
});

test("a time has two digits for the hour, except before AM and PM", () => {
  const early = Date.parse("2026-11-24T07:05:09Z");
  for (const [locale, minute, second] of [
    [{ language: "de" }, "07:05", "07:05:09"],
    [{ language: "es" }, "07:05", "07:05:09"],
    [{ language: "en", timeFormat: "24" }, "07:05", "07:05:09"],
    [{ language: "de", timeFormat: "12" }, "7:05 AM", "7:05:09 AM"],
    [EN, "7:05 AM", "7:05:09 AM"],
  ] as const) {
    const plain = (text: string): string => text.replace(/\s/, " ");
    expect(plain(format.shortTimes("UTC", locale).minute(early))).toBe(minute);
    expect(plain(format.time("2026-11-24T07:05:09Z", "UTC", locale))).toBe(second);
  }
});

test("an hour is short, in the way the person chose", () => {
  const at = Date.parse("2026-11-24T14:00:05Z");
  const of = (locale: format.Locale): string[] => {
    const { minute, hour } = format.shortTimes("Europe/Berlin", locale);
    return [minute(at), hour(at)];
  };
  expect(of({ ...EN, timeFormat: "24" })).toStrictEqual(["15:00", "15:00"]);
  expect(of({ language: "de" })).toStrictEqual(["15:00", "15:00"]);
  const [minute, hour] = of({ ...EN, timeFormat: "12" });
  expect(minute).toMatch(/^3:00\sPM$/);
  expect(hour).toMatch(/^3\sPM$/);
});

test("the day is the home's too", () => {
  const now = Date.parse("2026-11-25T10:00:00Z");
  expect(format.dayName(AT, "Europe/Berlin", EN, now)).toBe("Today");
  expect(format.dayName(AT, "America/New_York", EN, now)).toBe("Yesterday");
  expect(format.dayName("2026-11-20T12:00:00Z", "Europe/Berlin", EN, now)).toBe(
    "Friday, November 20",
  );
  expect(format.dayName("2025-11-20T12:00:00Z", "Europe/Berlin", EN, now)).toBe(
    "Thursday, November 20, 2025",
  );
});

test("the day before a change of the clocks is yesterday", () => {
  const now = Date.parse("2026-10-25T12:00:00Z");
  expect(format.dayName("2026-10-24T01:00:00Z", "Europe/Berlin", EN, now)).toBe(
    "Yesterday",
  );
});

test("there is one today, also after the home moved to another zone", () => {
  const now = Date.parse("2026-11-25T05:00:00Z"); // the 24th in New York
  const name = (at: string, zone: string, here: string): string =>
    format.dayName(at, zone, { ...EN, zone: here }, now);
  const onThe25th = ["2026-11-25T04:00:00Z", "Europe/Berlin"] as const;
  const onThe24th = ["2026-11-25T03:00:00Z", "America/New_York"] as const;
  expect(name(...onThe25th, "Europe/Berlin")).toBe("Today");
  expect(name(...onThe24th, "Europe/Berlin")).toBe("Yesterday");
  expect(name(...onThe25th, "America/Los_Angeles")).toBe("Wednesday, November 25");
  expect(name(...onThe24th, "America/Los_Angeles")).toBe("Today");
});

test("today and yesterday are small within a sentence", () => {
  const now = Date.parse("2026-11-25T10:00:00Z");
  expect(format.dayInWords(AT, "Europe/Berlin", EN, now)).toBe("today");
});

test("durations and sizes are short", () => {
  expect(format.duration(25.4)).toBe("0:25");
  expect(format.duration(123)).toBe("2:03");
  expect(format.duration(3723)).toBe("1:02:03");
  expect(format.size(0, EN)).toBe("0 bytes");
  expect(format.size(12_400_000, EN)).toBe("12.4 MB");
  expect(format.size(999_900, EN)).toBe("1 MB");
  expect(format.size(5_000_000_000_000, EN)).toBe("5,000 GB");
  expect(format.size(12_400_000, { language: "de" })).toBe("12,4 MB");
});

test("a digest is shown in groups", () => {
  expect(format.shortDigest("0123456789abcdef".repeat(4))).toBe("0123 4567 89ab cdef");
});

test("distances are in the unit of the home, and in the longer one when they are long", () => {
  const miles = { ...EN, miles: true };
  expect(format.distance(420.4, EN)).toBe("420 m");
  expect(format.distance(1_260, EN)).toBe("1.3 km");
  expect(format.distance(420.4, miles)).toBe("460 yd");
  expect(format.distance(2_000, miles)).toBe("1.2 mi");
  expect(format.distance(1_260, { language: "de" })).toBe("1,3 km");
});

test("days and times are in the language of the words around them, by the person's own clock", () => {
  expect(format.languageWithin("en", "en-GB")).toBe("en-GB");
  expect(format.languageWithin("de", "de")).toBe("de");
  for (const language of ["de", "he", "zh-Hans", "es"]) {
    const within = { language: format.languageWithin("en", language) };
    expect(format.dayInWords(AT, "UTC", within, Date.parse(AT))).toBe("today");
    expect(format.dayInWords(AT, "UTC", within, Date.parse(AT) + 9e8)).toMatch(
      /Tuesday.*November|November.*Tuesday/,
    );
    const hours = format.shortTimes("UTC", within).minute(Date.parse(AT));
    expect(hours).toBe(format.shortTimes("UTC", { language }).minute(Date.parse(AT)));
    expect(firstWeekdayOf(within.language)).toBe(firstWeekdayOf(language));
  }
});
