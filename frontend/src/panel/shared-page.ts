/** All shares and suggestions: in progress, suggested, and finished. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { NO_REQUESTS, type TimedShare } from "../api/home-feed.ts";
import { inWords } from "../clips/clip-words.ts";
import { PageTitle } from "../ha/page-title.ts";
import { askedIn, proposalStyles, renderProposals } from "../share/proposals.ts";
import "../share/share-dialog.ts";
import type { Asked } from "../share/share-editing.ts";
import "../share/share-row.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { pageStyles } from "./page-styles.ts";

/** States that need no one's attention; all others are listed above. */
const OVER: ReadonlySet<api.ShareState> = new Set([
  "delivered",
  "uploaded",
  "cancelled",
  "handed_over",
  "expired",
]);

@customElement("doorwatch-shared-page")
export class SharedPage extends ActingElement {
  static override readonly styles = [shared, proposalStyles, pageStyles];

  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) requests: api.RequestsState = NO_REQUESTS;
  @property({ attribute: false }) proposals: readonly api.Proposal[] = [];
  private readonly pageTitle = new PageTitle(this);
  @state() private proposed: Record<string, api.Clip> = {};
  @state() private sharing:
    { clip: api.Clip; agencyId: string | null; request: Asked | null } | undefined;
  /** Shares that were active on this page; they stay in place when they end. */
  private readonly active = new Set<string>();
  private readonly asked = new Set<string>();

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.strings.text("page.shared.title"));
    if (changed.has("proposals")) {
      for (const { clip_id } of this.proposals) void this.meet(clip_id);
    }
    for (const { share_id, state: now } of this.shares)
      if (!OVER.has(now)) this.active.add(share_id);
  }

  private async meet(clipId: string): Promise<void> {
    if (this.asked.has(clipId)) return;
    this.asked.add(clipId);
    const found = await api
      .getClip(this.hass.connection, clipId)
      .catch(() => undefined);
    if (found) this.proposed = { ...this.proposed, [clipId]: found.clip };
  }

  private doorbellName(clip: api.ClipInWords | null): string {
    return (
      this.doorbells.find((one) => one.doorbell_id === clip?.doorbell_id)?.name ??
      this.strings.text("clip.no_doorbell")
    );
  }

  /** Dismiss a stopped share before opening the dialog for the new one. */
  private async shareAgain(share: TimedShare): Promise<void> {
    await this.attempt(async (connection) => {
      const { clip } = await api.getClip(connection, share.clip_id);
      await shareApi.cancelShare(connection, share.share_id).catch(() => undefined);
      this.sharing = { clip, agencyId: share.agency_id, request: null };
    });
  }

  protected override render(): TemplateResult {
    const { strings, shares, sharing } = this;
    const active = shares.filter(({ share_id }) => this.active.has(share_id));
    const over = shares.filter(({ share_id }) => !this.active.has(share_id));
    return html`<h1 tabindex="-1">${strings.text("page.shared.title")}</h1>
      <p>
        <a href="/doorwatch/shared/proof">${strings.text("page.shared.proof")}</a>
      </p>
      ${renderProblem(strings, this.failure)}
      ${renderProposals({
        strings,
        proposals: this.proposals,
        clips: Object.values(this.proposed),
        connected: this.hass.connected,
        describe: (clip) =>
          inWords(strings, this.locale, "proposal.text", clip, this.doorbellName(clip)),
        review: (one, clip) =>
          (this.sharing = {
            clip,
            agencyId: one.agency_id,
            request: askedIn(one, this.requests),
          }),
        dismiss: ({ proposal_id }) =>
          void this.attempt((connection) =>
            shareApi.dismissProposal(connection, proposal_id),
          ),
      })}
      ${this.list("page.shared.now", active)} ${this.list("page.shared.before", over)}
      ${
        shares.length === 0
          ? html`<div class="empty">
              ${icon("share")}
              <p>${strings.text("shares.empty")}</p>
              <p class="muted">${strings.text("page.shared.how")}</p>
            </div>`
          : nothing
      }
      ${
        sharing
          ? html`<doorwatch-share-dialog
              .clip=${sharing.clip}
              .doorbell=${this.doorbellName(sharing.clip)}
              .agencyId=${sharing.agencyId}
              .request=${sharing.request}
              .shares=${shares}
              @dialog-closed=${() => (this.sharing = undefined)}
            ></doorwatch-share-dialog>`
          : nothing
      }`;
  }

  private requestTitle({ agency_id, request_id }: TimedShare): string | undefined {
    const { requests } = this.requests;
    const found = requests.find(
      (one) => one.agency_id === agency_id && one.request_id === request_id,
    );
    return found?.title ?? undefined;
  }

  private list(
    key: string,
    shares: readonly TimedShare[],
  ): TemplateResult | typeof nothing {
    if (shares.length === 0) return nothing;
    return html`<h2>${this.strings.text(key)}</h2>
      <ul class="cards">
        ${repeat(
          shares,
          (share) => share.share_id,
          (share) =>
            html`<li class="card">
              <doorwatch-share-row
                .share=${share}
                .doorbell=${this.doorbellName(share.clip)}
                .request=${this.requestTitle(share)}
                @share-again=${() => void this.shareAgain(share)}
              ></doorwatch-share-row>
            </li>`,
        )}
      </ul>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-shared-page": SharedPage;
  }
}
