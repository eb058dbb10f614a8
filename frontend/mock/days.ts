/** Generated days for the timeline and the calendar. */

import type { Day, Days, Mark } from "../src/api/commands.ts";
import { addDays, monthOf, sameDayOf } from "../src/panel/days.ts";

/** A deterministic random generator, so that a day always looks the same. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

interface DayOptions {
  count?: number;
  doorbells?: readonly string[];
  begins?: string;
  ends?: string;
}

/** A day with this many clips, few of them at night. */
export function dayOf(
  day: string,
  {
    count = 17,
    doorbells = ["doorbell-1", "doorbell-2"],
    begins = `${day}T00:00:00+01:00`,
    ends = `${addDays(day, 1)}T00:00:00+01:00`,
  }: DayOptions = {},
): Day {
  const next = drawing(Number(day.replaceAll("-", "")));
  const length = (Date.parse(ends) - Date.parse(begins)) / 1000;
  const marks = Array.from({ length: count }, (): Mark => {
    const spread = next() < 0.8 ? 0.29 + next() * 0.6 : next();
    const kind = next();
    return {
      clip_id: "",
      doorbell_id: doorbells[Math.floor(next() * doorbells.length)] ?? "doorbell-1",
      at: Math.round(spread * (length - 120)),
      duration: Math.round(12 + next() * 60),
      kinds:
        kind < 0.14
          ? ["ring", "motion"]
          : kind < 0.2
            ? ["ring"]
            : kind < 0.26
              ? ["manual"]
              : kind < 0.29
                ? ["motion", "manual"]
                : ["motion"],
      labels: [],
      protected: next() < 0.08,
    };
  })
    .sort((a, b) => a.at - b.at)
    .map((mark, index) => ({ ...mark, clip_id: `clip-${day}-${index}` }));
  return { day, begins, ends, marks };
}

/** The number of clips on each day of a month, up to a last day. */
export function daysOf(month: string, first: string, last: string): Days {
  const next = drawing(Number(month.replace("-", "")));
  const days: Record<string, number> = {};
  const end = sameDayOf(month, `${month}-31`);
  for (
    let day = `${month}-01`;
    day <= end && monthOf(day) === month;
    day = addDays(day, 1)
  ) {
    const count = next() < 0.25 ? 0 : Math.ceil(next() * 40);
    if (count > 0 && day >= first && day <= last) days[day] = count;
  }
  return { days, first, last };
}
