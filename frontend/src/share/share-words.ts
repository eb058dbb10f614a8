/** Texts about a share: its state, and what was sent of a stopped one. */

import type { Share, ShareState } from "../api/commands.ts";
import { size, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";

/** States that do not change without a person. */
export const FINISHED: ReadonlySet<ShareState> = new Set([
  "ready",
  "handed_over",
  "expired",
  "delivered",
  "uploaded",
  "failed",
  "needs_new_tap",
  "cancelled",
]);

/** The key of its title. A share that was stopped after a part was sent is not "not sent". */
export function titleKey(share: Share): string {
  const { state, outcome, problem } = share;
  if (problem === "stop_not_stored") return "status.stopped_unstored";
  if (state === "packaging" && share.hand_over_until) return "status.packaging_hand";
  if (state === "waiting")
    return share.hand_over_until ? "status.waiting_soon_hand" : "status.waiting_soon";
  return `status.${state === "cancelled" && outcome !== "nothing" ? "stopped" : state}`;
}

/** Its title, with the seconds in which it can be undone. */
export function titleText(strings: Strings, share: Share, secondsLeft: number): string {
  const { state, agency_name: agency, hand_over_until } = share;
  if (state === "waiting" && secondsLeft > 0)
    return strings.text(hand_over_until ? "status.waiting_hand" : "status.waiting", {
      agency,
      seconds: secondsLeft,
    });
  return strings.text(titleKey(share), { agency });
}

/** Announced once for each state, without seconds and bytes. */
export function announcement(strings: Strings, share: Share): string {
  const { state, agency_name: agency, hand_over_until } = share;
  const waiting = hand_over_until
    ? "status.waiting_announce_hand"
    : "status.waiting_announce";
  return strings.text(state === "waiting" ? waiting : titleKey(share), { agency });
}

/** Undefined for a share that continues, arrived, or was never started. */
export function outcomeText(
  share: Share,
  strings: Strings,
  locale: Locale,
): string | undefined {
  const { state, outcome } = share;
  const stopped = [
    "failed",
    "needs_new_tap",
    "cancelled",
    "expired",
    "handed_over",
  ].includes(state);
  if (!stopped || !outcome) return undefined;
  if (state === "cancelled" && outcome === "nothing") return undefined;
  return strings.text(`status.outcome.${outcome}`, {
    sent: size(share.sent, locale),
    total: size(share.total, locale),
  });
}

/** The agency's statements about a received share: its receipt, then its withdrawal. */
export function saidByAgency(
  share: Share,
  strings: Strings,
  moment: (at: string) => string,
): string[] {
  const { receipt, withdrawal, agency_name: agency } = share;
  const said: string[] = [];
  if (share.state !== "delivered" && share.state !== "uploaded") return said;
  if (receipt && !(receipt === "awaited" && withdrawal === "deleted")) {
    const time = share.received_at ? moment(share.received_at) : "";
    said.push(strings.text(`shares.said.receipt_${receipt}`, { agency, time }));
  }
  if (share.opened_at) {
    const time = moment(share.opened_at);
    said.push(strings.text("shares.said.receipt_opened", { agency, time }));
  }
  if (withdrawal) {
    const time = share.withdrawn_at ? moment(share.withdrawn_at) : "";
    said.push(strings.text(`shares.said.withdrawal_${withdrawal}`, { agency, time }));
  }
  if (share.withdrawal_text) {
    said.push(
      strings.text("shares.said.words", { agency, words: share.withdrawal_text }),
    );
  }
  return said;
}
