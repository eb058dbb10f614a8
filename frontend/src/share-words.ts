/** What is said of a share: how it stands, and what had left of one that stopped. */

import type { Share } from "./api.ts";
import { size, type Locale } from "./format.ts";
import type { Strings } from "./i18n/strings.ts";

/** The key of its title. One that was taken back when something had left is not "not sent". */
export function titleKey({ state, outcome }: Share): string {
  return `status.${state === "cancelled" && outcome !== "nothing" ? "stopped" : state}`;
}

/** Nothing for a share that goes on by itself, arrived, or never began. */
export function outcomeText(
  share: Share,
  strings: Strings,
  locale: Locale,
): string | undefined {
  const { state, outcome } = share;
  const stopped = ["failed", "needs_new_tap", "cancelled"].includes(state);
  if (!stopped || !outcome) return undefined;
  if (state === "cancelled" && outcome === "nothing") return undefined;
  return strings.text(`status.outcome.${outcome}`, {
    sent: size(share.sent, locale),
    total: size(share.total, locale),
  });
}
