import assert from "node:assert/strict";
import test from "node:test";
import * as format from "./format.ts";

const EN = { language: "en" };
const AT = "2026-11-24T23:30:05+00:00";

test("times are those of the home, in the way the person chose", () => {
  assert.equal(
    format.time(AT, "Europe/Berlin", { ...EN, timeFormat: "24" }),
    "00:30:05",
  );
  assert.match(
    format.time(AT, "America/New_York", { ...EN, timeFormat: "12" }),
    /^06:30:05\sPM$/,
  );
});

test("the day is the home's too", () => {
  const now = Date.parse("2026-11-25T10:00:00Z");
  assert.equal(format.dayName(AT, "Europe/Berlin", EN, now), "Today");
  assert.equal(format.dayName(AT, "America/New_York", EN, now), "Yesterday");
  assert.equal(
    format.dayName("2026-11-20T12:00:00Z", "Europe/Berlin", EN, now),
    "Friday, November 20",
  );
  assert.equal(
    format.dayName("2025-11-20T12:00:00Z", "Europe/Berlin", EN, now),
    "Thursday, November 20, 2025",
  );
});

test("the day before a change of the clocks is yesterday", () => {
  const now = Date.parse("2026-10-25T12:00:00Z");
  assert.equal(
    format.dayName("2026-10-24T01:00:00Z", "Europe/Berlin", EN, now),
    "Yesterday",
  );
});

test("there is one today, also after the home moved to another zone", () => {
  const now = Date.parse("2026-11-25T05:00:00Z"); // the 24th in New York
  const clips = [
    { started_at: "2026-11-25T04:00:00Z", timezone: "Europe/Berlin" }, // the 25th there
    { started_at: "2026-11-25T03:00:00Z", timezone: "America/New_York" }, // the 24th
    { started_at: "2026-11-24T10:00:00Z", timezone: "Europe/Berlin" }, // the 24th too
  ];
  const days = (zone: string): [string, number][] =>
    format
      .byDay(clips, { ...EN, zone }, now)
      .map(([name, ofDay]) => [name, ofDay.length]);
  assert.deepEqual(days("Europe/Berlin"), [
    ["Today", 1],
    ["Yesterday", 2],
  ]);
  assert.deepEqual(days("America/Los_Angeles"), [
    ["Wednesday, November 25", 1],
    ["Today", 2],
  ]);
});

test("durations and sizes are short", () => {
  assert.equal(format.duration(25.4), "0:25");
  assert.equal(format.duration(123), "2:03");
  assert.equal(format.duration(3723), "1:02:03");
  assert.equal(format.size(0, EN), "0 bytes");
  assert.equal(format.size(12_400_000, EN), "12.4 MB");
  assert.equal(format.size(999_900, EN), "1 MB");
  assert.equal(format.size(5_000_000_000_000, EN), "5,000 GB");
  assert.equal(format.size(12_400_000, { language: "de" }), "12,4 MB");
});

test("a digest is shown in groups", () => {
  assert.equal(format.shortDigest("0123456789abcdef".repeat(4)), "0123 4567 89ab cdef");
});
