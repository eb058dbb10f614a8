/** Texts about a request: its time window, deadline, and missing fields. */

import type { Agency, OpenRequest } from "../api/commands.ts";
import { labelName } from "../clips/clip-words.ts";
import {
  dayKey,
  dayName,
  dayInWords,
  shortTimes,
  type Locale,
} from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";

/** The home's counting limit. */
const MOST = 999;
/** The length of an excerpt, about four lines on a phone. */
const EXCERPT = 180;

export interface Words {
  strings: Strings;
  locale: Locale;
  /** The home's time zone, which people remember times in. */
  zone: string;
}

/** Whether somebody verified the agency. */
export const comparedWords = ({ strings }: Words, { compared }: Agency): string =>
  strings.text(compared ? "share.compared" : "share.not_compared");

/** The beginning of an agency's text on few lines, cut between words. */
export function excerpt(text: string): string {
  const letters = Array.from(text.trim().replace(/\s+/gu, " "));
  if (letters.length <= EXCERPT) return letters.join("");
  const beginning = letters.slice(0, EXCERPT).join("");
  const end = beginning.lastIndexOf(" ");
  return `${(end > 0 ? beginning.slice(0, end) : beginning).trimEnd()}…`;
}

/** "Tuesday 24 November, 01:00 to 04:30", with both days if they differ. */
export function windowWords(
  { strings, locale, zone }: Words,
  begins: string,
  ends: string,
): string {
  const { minute } = shortTimes(zone, locale);
  const same = dayKey(begins, zone) === dayKey(ends, zone);
  return strings.text(same ? "requests.window" : "requests.window_days", {
    day: dayName(begins, zone, locale),
    start: minute(Date.parse(begins)),
    end_day: dayInWords(ends, zone, locale),
    end: minute(Date.parse(ends)),
  });
}

/** "Friday 4 December, 12:00": in a sentence, or on its own. */
export function momentWords(
  { strings, locale, zone }: Words,
  at: string,
  name = dayInWords,
): string {
  return strings.text("requests.moment", {
    day: name(at, zone, locale),
    time: shortTimes(zone, locale).minute(Date.parse(at)),
  });
}

/** The labels that a request asks for; undefined for any. */
export const lookFor = (
  strings: Strings,
  labels: readonly string[],
): string | undefined =>
  labels.length === 0
    ? undefined
    : labels.map((label) => labelName(strings, label)).join(", ");

/** "3 of your clips fit." */
export const fitWords = (strings: Strings, { clips }: OpenRequest): string =>
  strings.text(clips >= MOST ? "requests.fit_many" : "requests.fit", { count: clips });

/** What an agency must add to make its request valid. */
export const lackWords = (strings: Strings, lacks: readonly string[]): string[] =>
  lacks.map((lack) => {
    const key = `requests.lacks.${lack}`;
    return strings.text(strings.has(key) ? key : "requests.lacks.other");
  });

/** Why it can no longer be answered; undefined if it is open. */
export function overWords(
  words: Words,
  { state, until }: { state: string; until: string | null },
): string | undefined {
  if (state === "open") return undefined;
  if (state === "closed") return words.strings.text("requests.closed");
  return until && Date.parse(until) <= Date.now()
    ? words.strings.text("requests.over", { time: momentWords(words, until) })
    : words.strings.text("requests.feed_over");
}
