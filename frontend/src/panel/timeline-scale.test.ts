import { expect, test } from "vitest";
import {
  CLOSEST,
  DayClock,
  panned,
  pinched,
  placeOf,
  revealing,
  timeAt,
  whole,
  zoomed,
} from "./timeline-scale.ts";

const DAY = 86_400;
const HOUR = 3_600;

test("a place and the second that lies there are the same", () => {
  const view = { from: 6 * HOUR, span: 6 * HOUR };
  expect(placeOf(9 * HOUR, view, 600)).toBe(300);
  expect(timeAt(300, view, 600)).toBe(9 * HOUR);
});

test("what is pointed at stays where it is while it comes nearer", () => {
  const at = 14 * HOUR;
  let view = whole(DAY);
  const place = placeOf(at, view, 1_000);
  for (let turn = 0; turn < 5; turn += 1) {
    view = zoomed(view, 1.7, at, DAY);
    expect(placeOf(at, view, 1_000)).toBeCloseTo(place, 6);
  }
  view = zoomed(view, 0.0001, at, DAY);
  expect(view).toStrictEqual(whole(DAY));
});

test("nobody comes too near, nor leaves the day", () => {
  expect(zoomed(whole(DAY), 1e9, HOUR, DAY).span).toBe(CLOSEST);
  const view = { from: HOUR, span: 2 * HOUR };
  expect(panned(view, -5 * HOUR, DAY)).toStrictEqual({ from: 0, span: 2 * HOUR });
  expect(panned(view, DAY, DAY)).toStrictEqual({ from: 22 * HOUR, span: 2 * HOUR });
});

test("two fingers keep what they hold", () => {
  const view = { from: 6 * HOUR, span: 12 * HOUR };
  const held = [timeAt(100, view, 400), timeAt(200, view, 400)] as const;
  const now = pinched(held, [50, 250], 400, DAY);
  expect(placeOf(held[0], now, 400)).toBeCloseTo(50, 6);
  expect(placeOf(held[1], now, 400)).toBeCloseTo(250, 6);
  expect(pinched(held, [150, 150], 400, DAY).span).toBe(DAY);
});

test("what is chosen is brought into view, and no further", () => {
  const view = { from: 6 * HOUR, span: 5 * HOUR };
  expect(revealing(view, 8 * HOUR, DAY)).toStrictEqual(view);
  expect(revealing(view, 11 * HOUR, DAY).from).toBe(6.5 * HOUR);
  expect(revealing(view, 3 * HOUR, DAY).from).toBe(2.5 * HOUR);
  expect(revealing(view, 0, DAY).from).toBe(0);
});

const clock = (begins: string, ends: string, zone: string): string[] => {
  const day = new DayClock(begins, ends, zone);
  return day.ticks(whole(day.length), 1_500, 40).map(({ moment }) =>
    new Date(moment).toLocaleTimeString("en", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }),
  );
};

test("each hour of an ordinary day has a line", () => {
  const hours = clock(
    "2026-11-24T00:00:00+01:00",
    "2026-11-25T00:00:00+01:00",
    "Europe/Berlin",
  );
  expect(hours.length).toBe(24);
  expect(hours.slice(0, 2)).toStrictEqual(["00:00", "01:00"]);
});

test("an hour that comes twice is there twice, one that is left out is not", () => {
  const autumn = clock(
    "2026-10-25T00:00:00+02:00",
    "2026-10-26T00:00:00+01:00",
    "Europe/Berlin",
  );
  expect(autumn.length).toBe(25);
  expect(autumn.slice(1, 5)).toStrictEqual(["01:00", "02:00", "02:00", "03:00"]);
  const spring = clock(
    "2026-03-29T00:00:00+01:00",
    "2026-03-30T00:00:00+02:00",
    "Europe/Berlin",
  );
  expect(spring.length).toBe(23);
  expect(spring.slice(1, 4)).toStrictEqual(["01:00", "03:00", "04:00"]);
});

test("where an hour that comes again has no room, it has no line", () => {
  const day = new DayClock(
    "2026-10-25T00:00:00+02:00",
    "2026-10-26T00:00:00+01:00",
    "Europe/Berlin",
  );
  const [, second, third] = day.ticks(whole(day.length), 800, 44);
  expect([second?.at, third?.at]).toStrictEqual([2 * HOUR, 5 * HOUR]);
});

test("a clock that goes back by half an hour, and one that skips midnight", () => {
  const lordHowe = clock(
    "2026-04-05T00:00:00+11:00",
    "2026-04-06T00:00:00+10:30",
    "Australia/Lord_Howe",
  );
  expect(lordHowe.slice(0, 4)).toStrictEqual(["00:00", "01:00", "02:00", "03:00"]);
  const santiago = clock(
    "2026-09-06T01:00:00-03:00",
    "2026-09-07T00:00:00-03:00",
    "America/Santiago",
  );
  expect(santiago.length).toBe(23);
  expect(santiago[0]).toBe("01:00");
});

test("there are as many lines as have room, each at a round time", () => {
  const day = new DayClock(
    "2026-11-24T00:00:00+01:00",
    "2026-11-25T00:00:00+01:00",
    "Europe/Berlin",
  );
  const apart = (from: number, span: number, width: number): (number | undefined)[] =>
    day
      .ticks({ from, span }, width, 44)
      .slice(0, 2)
      .map(({ at }) => at);
  expect(apart(0, DAY, 358)).toStrictEqual([0, 3 * HOUR]);
  expect(apart(0, DAY, 1_200)).toStrictEqual([0, HOUR]);
  expect(apart(5_000, HOUR, 358)).toStrictEqual([5_400, 6_000]);
  expect(apart(5_000, CLOSEST, 358)).toStrictEqual([5_040, 5_160]);
});
