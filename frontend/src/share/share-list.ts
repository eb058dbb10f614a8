/** The shares in progress, above the clips. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ClipInWords } from "../api/commands.ts";
import type { TimedShare } from "../api/home-feed.ts";
import type { Strings } from "../i18n/strings.ts";
import "./share-status.ts";

/** Milliseconds that finished shares stay visible. */
const FINISHED_FOR = 10 * 60_000;
/** Longer for unconfirmed ones, because they may need attention. */
const UNCONFIRMED_FOR = 24 * 60 * 60_000;

interface Context {
  strings: Strings;
  zone: string;
  shares: readonly TimedShare[];
  describe: (clip: ClipInWords) => string;
  hide: (share: TimedShare) => void;
  again: (share: TimedShare) => void;
}

export function renderShares(context: Context): TemplateResult | typeof nothing {
  const { strings, shares } = context;
  if (shares.length === 0) return nothing;
  return html`<section aria-label=${strings.text("status.list")}>
    ${repeat(
      shares,
      (share) => share.share_id,
      (share) =>
        html`<doorwatch-share-status
          dismissible
          .share=${share}
          .zone=${context.zone}
          .what=${share.clip ? context.describe(share.clip) : ""}
          @dismiss=${() => context.hide(share)}
          @share-again=${() => context.again(share)}
        ></doorwatch-share-status>`,
    )}
  </section>`;
}

export function isShown(share: TimedShare, hidden: ReadonlySet<string>): boolean {
  if (hidden.has(share.share_id)) return false;
  const { state, outcome } = share;
  if (outcome === "part_asked") return true;
  if (!["delivered", "uploaded", "handed_over", "expired", "cancelled"].includes(state))
    return true;
  const since = Date.parse(share.ended_at ?? share.delivered_at ?? share.created_at);
  const long = outcome === "part_unconfirmed" || share.hand_over_until !== null;
  const shownFor = long ? UNCONFIRMED_FOR : FINISHED_FOR;
  return Date.now() - since < shownFor;
}
