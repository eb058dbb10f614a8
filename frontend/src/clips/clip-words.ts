/** What is said of a clip. */

import type { Clip, ClipInWords } from "../api/commands.ts";
import { dayInWords, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import type { IconName } from "../ui/icons.ts";

/** All others are of motion. */
export const KIND_ICONS: Record<string, IconName> = { ring: "ring", manual: "record" };

/** "Ring", "Motion", or a plain word for an event that this card does not know. */
export function eventName(strings: Strings, event: string): string {
  const key = `clip.event.${event}`;
  return strings.text(strings.has(key) ? key : "clip.event.other");
}

/** "Person", "Package", or the home's own word for what this card does not know. */
export function labelName(strings: Strings, label: string): string {
  const key = `clip.label.${label}`;
  return strings.has(key) ? strings.text(key) : label;
}

/** "Ring, Motion", and what the camera says that it saw. */
export function contentOf(
  strings: Strings,
  { kinds, labels }: Pick<Clip, "kinds" | "labels">,
): string {
  const what = kinds.map((kind) => eventName(strings, kind)).join(", ");
  if (labels.length === 0) return what;
  const said = labels.map((label) => labelName(strings, label)).join(", ");
  return strings.text("clip.said", { what, labels: said });
}

/** Say which clip it is, by the key of the words. */
export function inWords(
  strings: Strings,
  locale: Locale,
  key: string,
  clip: ClipInWords,
  doorbell: string,
): string {
  return strings.text(key, {
    event: eventName(strings, clip.event),
    time: time(clip.started_at, clip.timezone, locale),
    day: dayInWords(clip.started_at, clip.timezone, locale),
    doorbell,
  });
}
