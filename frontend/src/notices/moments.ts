/** Calculations with the home's local time: weekdays, and minutes until tomorrow. */

import { dateFormat } from "../i18n/intl.ts";

/** 0 is Monday, as in the home. */
export const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;

/** The name of a weekday; 5 January 1970 was a Monday. */
export function weekdayName(
  day: number,
  language: string,
  style: "short" | "long",
): string {
  return dateFormat(language, { weekday: style, timeZone: "UTC" }).format(
    Date.UTC(1970, 0, 5 + day),
  );
}

/** The weekdays in the user's order; `first` is 1 for Monday, as in `Intl`. */
export const weekFrom = (first: number): number[] =>
  WEEKDAYS.map((index) => (first - 1 + index) % 7);

/** The local time of a zone as a UTC timestamp. */
function wall(at: number, zone: string): number {
  const parts = dateFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
}

/** Minutes until an hour of tomorrow in the home's time zone, also across clock changes. */
export function minutesUntilTomorrow(hour: number, now: number, zone: string): number {
  const there = new Date(wall(now, zone));
  const wanted = Date.UTC(
    there.getUTCFullYear(),
    there.getUTCMonth(),
    there.getUTCDate() + 1,
    hour,
  );
  let at = now + (wanted - there.getTime());
  // The clock may change in between; correct by the difference.
  at += wanted - wall(at, zone);
  return Math.ceil((at - now) / 60_000);
}
