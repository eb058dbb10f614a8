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

/** "Ring, Motion", and the camera's labels. */
export function contentOf(
  strings: Strings,
  { kinds, labels }: Pick<Clip, "kinds" | "labels">,
): string {
  const what = kinds.map((kind) => eventName(strings, kind)).join(", ");
  if (labels.length === 0) return what;
  const said = labels.map((label) => labelName(strings, label)).join(", ");
  return strings.text("clip.said", { what, labels: said });
}

/** A description of the clip, with the key of its template. */
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
