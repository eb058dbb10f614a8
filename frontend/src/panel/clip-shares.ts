/** What was suggested and shared of a clip. */

import { html, nothing, type TemplateResult } from "lit";
import type * as api from "../api/commands.ts";
import type { TimedShare } from "../api/home-feed.ts";
import type { Strings } from "../i18n/strings.ts";
import { renderProposals } from "../share/proposals.ts";
import { isShown, renderShares } from "../share/share-list.ts";

interface Context {
  strings: Strings;
  clip: api.Clip;
  shares: readonly TimedShare[];
  proposals: readonly api.Proposal[];
  /** The IDs of shares that this person has put away. */
  hidden: ReadonlySet<string>;
  connected: boolean;
  zone: string;
  describe: (clip: api.ClipInWords) => string;
  review: (proposal: api.Proposal) => void;
  dismiss: (proposal: api.Proposal) => void;
  hide: (share: TimedShare) => void;
  again: (share: TimedShare) => void;
}

export function renderClipShares(context: Context): TemplateResult {
  const { strings, clip, connected, zone, hidden } = context;
  const ofClip = (one: { clip_id: string }): boolean => one.clip_id === clip.clip_id;
  const shares = context.shares.filter(ofClip);
  return html`${renderProposals({
    strings,
    proposals: context.proposals.filter(ofClip),
    clips: [clip],
    connected,
    describe: context.describe,
    review: context.review,
    dismiss: context.dismiss,
  })}
  ${renderShares({
    strings,
    zone,
    shares: shares.filter((share) => isShown(share, hidden)),
    // The clip is described above.
    describe: () => "",
    hide: context.hide,
    again: context.again,
  })}
  ${
    shares.length > 0
      ? html`<p>
          <a href="/doorwatch/shared"
            >${strings.text("page.clip.shares", { count: shares.length })}</a
          >
        </p>`
      : nothing
  }`;
}
