/** The household's rules in sentences, and what needs attention. */

import type {
  HouseholdSettings,
  Kept,
  Settings,
  SettingsOfAgency,
  SettingsOfDoorbell,
  Sharer,
} from "../api/commands.ts";
import { size, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";

const words = (
  strings: Strings,
  key: string,
  values: Record<string, string | number> = {},
): string => strings.text(`page.settings.${key}`, values);

/** A sentence for each rule, and the rule for a clip with several labels. */
function rules(strings: Strings, kept: readonly Kept[]): string[] {
  const lines = kept.map(({ what, days }) => {
    const name = words(strings, `what.${what}`);
    return days === null
      ? words(strings, "kept_always", { what: name })
      : words(strings, "kept_for", { what: name, count: days });
  });
  return kept.length > 2 ? [...lines, words(strings, "longest")] : lines;
}

/** How long clips are kept. */
export function keptWords(
  strings: Strings,
  locale: Locale,
  { days, gigabytes, kept, motion_first }: HouseholdSettings,
): string {
  const lines = rules(strings, kept.length > 0 ? [...kept, { what: "any", days }] : []);
  if (kept.length === 0 && days !== null)
    lines.push(words(strings, "days", { count: days }));
  if (gigabytes !== null) {
    const key = motion_first ? "gigabytes_motion" : "gigabytes";
    lines.push(words(strings, key, { size: size(gigabytes * 1e9, locale) }));
  }
  return lines.length > 0 ? lines.join(" ") : words(strings, "no_limit");
}

/** Exceptions of a doorbell, and the rule for all others last; undefined without any. */
export function keptHereWords(
  strings: Strings,
  kept: readonly Kept[],
): string | undefined {
  if (kept.length === 0) return undefined;
  const all = kept.filter(({ what }) => what === "any");
  const lines = rules(strings, [...kept.filter(({ what }) => what !== "any"), ...all]);
  if (all.length === 0) lines.push(words(strings, "kept_as_home"));
  return [words(strings, "kept_here"), ...lines].join(" ");
}

/** What the clips take up, and what is free. */
export function storageWords(
  strings: Strings,
  locale: Locale,
  { clips, bytes, free }: Settings["storage"],
): string {
  const taken = words(strings, "taken", { count: clips, size: size(bytes, locale) });
  return free === null
    ? taken
    : `${taken} ${words(strings, "free", { size: size(free, locale) })}`;
}

/** The people who may do something, beside administrators. */
export function peopleWords(strings: Strings, people: readonly Sharer[]): string {
  const names = people.map(({ name }) => name);
  const list = new Intl.ListFormat(strings.spoken, { type: "conjunction" });
  return names.length > 0
    ? words(strings, "sharers_named", { names: list.format(names) })
    : words(strings, "sharers_none");
}

export interface Attention {
  /** Doorbells at which nothing detects motion. */
  blind: SettingsOfDoorbell[];
  /** Agencies and groups of which nothing new can be read, or that no one verified. */
  agencies: SettingsOfAgency[];
}

/** Whether it has a fingerprint that no one compared. */
export const isUnverified = (agency: SettingsOfAgency): boolean =>
  agency.has_fingerprint && !agency.compared;

export function attentionOf({ doorbells, agencies }: Settings): Attention {
  return {
    blind: doorbells.filter(({ motion }) => !motion),
    agencies: agencies.filter((one) => one.problem !== null || isUnverified(one)),
  };
}
