/** Format times, durations and sizes for people. */

import { dateFormat, numberFormat, relativeTimeFormat } from "./intl.ts";

export interface Locale {
  language: string;
  /** Home Assistant's setting: "language", "system", "12" or "24". */
  timeFormat?: string | undefined;
  /** Home Assistant's setting: "language", "monday", … */
  firstWeekday?: string | undefined;
  /** The home's current time zone; a clip may be older than its last change. */
  zone?: string | undefined;
  /** Whether the home uses yards and miles. */
  miles?: boolean | undefined;
}

/**
 * The language for dates inside texts of another language: that of the texts, with the user's
 * clock and week settings. "מחר" in an English sentence would change its direction.
 */
export function languageWithin(words: string, language: string): string {
  const same = words.split("-")[0] === language.split("-")[0];
  if (same) return language;
  const { region } = new Intl.Locale(language).maximize();
  const { hourCycle } = dateFormat(language, { hour: "numeric" }).resolvedOptions();
  return `${words}${region ? `-${region}` : ""}-u-hc-${hourCycle}`;
}

/** `hour12: false` would show 24:30 for half past midnight in some languages. */
function clock({ timeFormat }: Locale): { hourCycle?: "h12" | "h23" } {
  if (timeFormat === "12") return { hourCycle: "h12" };
  return timeFormat === "24" ? { hourCycle: "h23" } : {};
}

function languageForTime(locale: Locale): string | undefined {
  return locale.timeFormat === "system" ? undefined : locale.language;
}

/** "07:03", but "7:03 AM", as in Home Assistant. */
function hourDigits(locale: Locale): "numeric" | "2-digit" {
  const { hour12 } = dateFormat(languageForTime(locale), {
    hour: "numeric",
    ...clock(locale),
  }).resolvedOptions();
  return hour12 ? "numeric" : "2-digit";
}

/** "14:03:12", or "2:03:12 PM", in the time zone of the clip. */
export function time(at: string, zone: string, locale: Locale): string {
  return dateFormat(languageForTime(locale), {
    timeZone: zone,
    hour: hourDigits(locale),
    minute: "2-digit",
    second: "2-digit",
    ...clock(locale),
  }).format(new Date(at));
}

/** "14:03" in a time zone; for full hours in narrow places, "15:00" or "3 PM". */
export function shortTimes(
  zone: string,
  locale: Locale,
): { minute: (at: number) => string; hour: (at: number) => string } {
  const clocks = { timeZone: zone, ...clock(locale) };
  const language = languageForTime(locale);
  const minute = dateFormat(language, {
    ...clocks,
    hour: hourDigits(locale),
    minute: "2-digit",
  });
  const hour = minute.resolvedOptions().hour12
    ? dateFormat(language, { ...clocks, hour: "numeric" })
    : minute;
  return { minute: (at) => minute.format(at), hour: (at) => hour.format(at) };
}

/** The date in a time zone, as "2026-11-24", to group by. */
export function dayKey(at: string | number, zone: string): string {
  return dateFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(new Date(at));
}

/**
 * "today", "yesterday", "Tuesday 24 November", with the year if it is not this one: in a
 * sentence.
 *
 * The date is by the home's time zone at that time, today by the current one.
 */
export function dayInWords(
  at: string,
  zone: string,
  { language, zone: here = zone }: Locale,
  now: number = Date.now(),
): string {
  const day = dayKey(at, zone);
  const today = dayKey(now, here);
  const distance = Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000);
  if (distance === 0 || distance === -1) {
    const words = relativeTimeFormat(language);
    return words.format(distance, "day");
  }
  return dateFormat(language, {
    timeZone: zone,
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(day.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" }),
  }).format(new Date(at));
}

/** The same on its own: "Today". */
export function dayName(
  at: string,
  zone: string,
  locale: Locale,
  now: number = Date.now(),
): string {
  const name = dayInWords(at, zone, locale, now);
  return name.charAt(0).toLocaleUpperCase(locale.language) + name.slice(1);
}

/** Date and time, for the notice. */
export function dateTime(at: string, zone: string, locale: Locale): string {
  return dateFormat(languageForTime(locale), {
    timeZone: zone,
    dateStyle: "medium",
    timeStyle: "medium",
    ...clock(locale),
  }).format(new Date(at));
}

/** "0:25", "2:03", "1:02:03". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}`
    : `${minutes}:${rest}`;
}

/** "2.5", or "2,5": seconds next to an image. */
export const tenths = (seconds: number, { language }: Locale): string =>
  numberFormat(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(seconds);

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** "12.4 MB", in steps of 1000 as in Home Assistant's storage page. */
export function size(bytes: number, { language }: Locale): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return numberFormat(language, {
    style: "unit",
    unit: UNITS[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}

const METRES = { yard: 0.9144, mile: 1609.344, meter: 1, kilometer: 1000 } as const;
type LengthUnit = keyof typeof METRES;

/** A readable unit of the home for a length in meters, and the meters of one unit. */
export function lengthUnit(
  metres: number,
  { miles = false }: Locale,
): { unit: LengthUnit; metres: number } {
  const far: LengthUnit = miles ? "mile" : "kilometer";
  const unit = metres >= METRES[far] ? far : miles ? "yard" : "meter";
  return { unit, metres: METRES[unit] };
}

/** "420 m", "1.2 km", "460 yd", "1.2 mi". */
export function distance(metres: number, locale: Locale): string {
  const { unit, metres: one } = lengthUnit(metres, locale);
  const value = metres / one;
  return numberFormat(locale.language, {
    style: "unit",
    unit,
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}

/** The first 16 hex digits of a digest in groups of four, to compare by eye. */
export function shortDigest(digest: string): string {
  return (
    digest
      .slice(0, 16)
      .match(/.{1,4}/g)
      ?.join(" ") ?? ""
  );
}
