/** The problems of a doorbell in words, as far as this person can do something about them. */

import type { Doorbell, DoorbellProblem } from "../api/commands.ts";
import { entryAt, REPAIRS } from "../ha/places.ts";
import { size, type Locale } from "../i18n/format.ts";
import { numberFormat } from "../i18n/intl.ts";
import type { Strings } from "../i18n/strings.ts";

interface Reader {
  strings: Strings;
  locale: Locale;
  admin: boolean;
}

export interface ProblemInWords {
  kind: DoorbellProblem["kind"];
  text: string;
  /** More for administrators, which narrow tiles leave out. */
  details?: string;
  /** What this person can press. */
  action: "reconnect" | "detect" | undefined;
  link: { href: string; words: string; label: string } | undefined;
}

export function problemInWords(
  problem: DoorbellProblem,
  doorbell: Doorbell,
  reader: Reader,
): ProblemInWords {
  const { strings, admin } = reader;
  const { name } = doorbell;
  const words = (key: string, values = {}): string =>
    strings.text(`doorbell_problem.${key}`, values);
  const link = (key: string, href: string): ProblemInWords["link"] =>
    admin
      ? {
          href,
          words: words(key),
          label: strings.text("live.of", { what: words(key), name }),
        }
      : undefined;
  const settings = link("settings", entryAt(doorbell.doorbell_id));
  const repairs = link("repairs", REPAIRS);
  const asked = (text: string): string => (admin ? text : `${text} ${words("ask")}`);
  const { kind } = problem;
  const shown = { kind, action: undefined, link: settings };
  switch (kind) {
    case "offline":
      return {
        ...shown,
        text: words(`reason.${problem.reason ?? (admin ? "unknown" : "ask")}`),
        action: problem.may_reconnect ? "reconnect" : undefined,
        link: problem.reason === "repair" ? repairs : settings,
      };
    case "not_recording":
      return {
        ...shown,
        text: asked(strings.text(`live.not_recording.${problem.reason}`)),
        details: stored(problem, words, reader),
        link: repairs,
      };
    case "no_events":
      return { ...shown, text: asked(words(kind)) };
    case "no_motion":
      return {
        ...shown,
        text: asked(words(problem.rings ? "only_rings" : kind)),
        // There is no video in which to look while the doorbell sleeps.
        action: admin && !doorbell.sleeps ? "detect" : undefined,
        link: doorbell.sleeps ? settings : undefined,
      };
    case "wrong_clock":
      return {
        ...shown,
        text: words(problem.ahead > 0 ? "clock_ahead" : "clock_behind", {
          time: roughly(Math.abs(problem.ahead), reader.locale),
        }),
        link: undefined,
      };
    case "no_control":
      return { ...shown, text: words(kind), link: undefined };
  }
}

function stored(
  { folder, free }: Extract<DoorbellProblem, { kind: "not_recording" }>,
  words: (key: string, values: object) => string,
  { locale }: Reader,
): string {
  if (folder === null) return "";
  const values = { folder, size: size(free ?? 0, locale) };
  return words(free === null ? "folder" : "folder_free", values);
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** "3 minutes", "2 hours", "5 days": how wrong a clock is. */
function roughly(seconds: number, { language }: Locale): string {
  const [unit, length] = UNITS.find(([, one]) => seconds >= one * 1.5) ?? UNITS[2];
  return numberFormat(language, {
    style: "unit",
    unit,
    unitDisplay: "long",
    maximumFractionDigits: 0,
  }).format(Math.max(1, seconds / length));
}
