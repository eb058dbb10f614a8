/** The card's line about requests, and its line about shares and suggestions. */

import type { Proposal, RequestsState, Share } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { fitting } from "../requests/fitting.ts";

const GOING: ReadonlySet<Share["state"]> = new Set([
  "waiting",
  "packaging",
  "uploading",
]);
const WAITING_FOR_SOMEBODY: ReadonlySet<Share["state"]> = new Set([
  "ready",
  "failed",
  "needs_new_tap",
]);

export function badges(
  strings: Strings,
  shares: readonly Share[],
  proposals: readonly Proposal[],
): string[] {
  const counted = {
    going: shares.filter(({ state }) => GOING.has(state)).length,
    waiting: shares.filter(({ state }) => WAITING_FOR_SOMEBODY.has(state)).length,
    proposed: proposals.length,
  };
  return Object.entries(counted).flatMap(([key, count]) =>
    count > 0 ? [strings.text(`card.badge.${key}`, { count })] : [],
  );
}

export function asked(strings: Strings, requests: RequestsState): string[] {
  const count = fitting(requests);
  return count > 0 ? [strings.text("card.badge.requests", { count })] : [];
}
