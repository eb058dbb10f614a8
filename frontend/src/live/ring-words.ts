/** Texts about a ring. */

import type { Doorbell } from "../api/commands.ts";
import { time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import type { Ring } from "./rings.ts";

/** Where somebody rings. */
export function ringTitle(
  strings: Strings,
  doorbells: readonly Doorbell[],
  { doorbell_id }: Ring,
): string {
  const name = doorbells.find((one) => one.doorbell_id === doorbell_id)?.name;
  return strings.text("ring.title", {
    name: name ?? strings.text("clip.no_doorbell"),
  });
}

export const ringTime = ({ rang_at }: Ring, locale: Locale): string =>
  time(rang_at, locale.zone ?? "UTC", locale);

/** With the time, so that a second ring is announced, too. */
export const ringText = (
  strings: Strings,
  locale: Locale,
  doorbells: readonly Doorbell[],
  ring: Ring,
): string => `${ringTitle(strings, doorbells, ring)} ${ringTime(ring, locale)}`;
