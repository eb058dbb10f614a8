/** The clock of the home: weekdays, and how long it is until an hour of tomorrow. */

import { dateFormat } from "../i18n/intl.ts";

/** 0 is Monday, as the home counts them. */
export const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;

/** The names of the days; 5 January 1970 was a Monday. */
export function weekdayName(
  day: number,
  language: string,
  style: "short" | "long",
): string {
  return dateFormat(language, { weekday: style, timeZone: "UTC" }).format(
    Date.UTC(1970, 0, 5 + day),
  );
}

/** In the order in which this person's weeks run; `first` is 1 for Monday, as `Intl` counts. */
export const weekFrom = (first: number): number[] =>
  WEEKDAYS.map((index) => (first - 1 + index) % 7);

/** What the clock of a zone shows, read as if it were of UTC. */
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

/** Whole minutes until that hour of tomorrow, by the clock at home, also where it is set. */
export function minutesUntilTomorrow(hour: number, now: number, zone: string): number {
  const there = new Date(wall(now, zone));
  const wanted = Date.UTC(
    there.getUTCFullYear(),
    there.getUTCMonth(),
    there.getUTCDate() + 1,
    hour,
  );
  let at = now + (wanted - there.getTime());
  // The clock may be set in between: by then it is as far off as this.
  at += wanted - wall(at, zone);
  return Math.ceil((at - now) / 60_000);
}
