/** What is said of a clip. */

import type { ClipInWords } from "../api/commands.ts";
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
