/** Texts about a clip. */

import type { Clip, ClipInWords } from "../api/commands.ts";
import { dayInWords, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import type { IconName } from "../ui/icons.ts";

/** Other kinds are motion. */
export const KIND_ICONS: Record<string, IconName> = { ring: "ring", manual: "record" };

/** "Ring", "Motion", or a generic text for an unknown event. */
export function eventName(strings: Strings, event: string): string {
  const key = `clip.event.${event}`;
  return strings.text(strings.has(key) ? key : "clip.event.other");
}

/** "Person", "Package", or the home's own text for an unknown label. */
export function labelName(strings: Strings, label: string): string {
  const key = `clip.label.${label}`;
  return strings.has(key) ? strings.text(key) : label;
}

type Content = Pick<Clip, "kinds" | "labels"> & { event?: string };

/** "Person with a package", "Ring", "Recorded by hand": the title of a clip. */
export function happened(strings: Strings, clip: Content): string {
  const { kinds, labels, event = kinds[0] ?? "other" } = clip;
  if (kinds.includes("ring") || event === "ring")
    return labels.includes("package")
      ? strings.text("clip.happened.ring_package")
      : eventName(strings, "ring");
  if (labels.length === 0) return eventName(strings, event);
  const pair = PAIRS.find((one) => one.every((label) => labels.includes(label)));
  const others = labels.filter((label) => !pair?.includes(label));
  const words = others.map((label) => labelName(strings, label));
  if (pair) words.unshift(strings.text(`clip.happened.${pair.join("_")}`));
  return words.join(", ");
}

/** Labels with one text for both. */
const PAIRS: readonly (readonly string[])[] = [
  ["person", "package"],
  ["person", "animal"],
];

/** A clip, or what is known of a clip that may be deleted. */
type Named = ClipInWords & Partial<Content>;

/** A description of the clip, with the key of its template. */
export function inWords(
  strings: Strings,
  locale: Locale,
  key: string,
  clip: Named,
  doorbell: string,
): string {
  const { event, kinds = [event], labels = [] } = clip;
  return strings.text(key, {
    event: happened(strings, { event, kinds, labels }),
    time: time(clip.started_at, clip.timezone, locale),
    day: dayInWords(clip.started_at, clip.timezone, locale),
    doorbell,
  });
}
