/** All that was shared, what proves it, and for administrators the ledger. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import { download } from "../ha/download.ts";
import { dateTime } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { outcomeText, saidByAgency, titleKey } from "./share-words.ts";
import { DialogElement } from "../ui/dialog-element.ts";
import { renderWithdrawQuestion } from "./withdraw-question.ts";

@customElement("doorwatch-shares-dialog")
export class SharesDialog extends DialogElement {
  static override readonly styles = [
    DialogElement.styles,
    css`
      p {
        margin: 0 0 12px;
      }
      ul {
        list-style: none;
        margin: 0 0 16px;
        padding: 0;
        display: grid;
        gap: 8px;
      }
      li {
        padding: 12px;
        border-radius: 12px;
        background: var(--dw-raised);
        line-height: 1.4;
      }
      li strong,
      li .clip,
      li .muted,
      li code {
        display: block;
      }
      li strong {
        font-weight: 500;
      }
      li p {
        margin: 4px 0 0;
        overflow-wrap: anywhere;
      }
      .question {
        margin-top: 12px;
        padding-top: 8px;
        border-top: 1px solid var(--dw-line);
      }
      li code {
        margin: 4px 0;
        overflow-wrap: anywhere;
        font-size: 0.875rem;
      }
      li button {
        margin-top: 8px;
      }
      .empty {
        padding: 24px 0;
        text-align: center;
      }
    `,
  ];

  protected override readonly heading = "shares.title";
  protected override readonly wayOut = "shares.close";
  @property({ attribute: false }) shares: readonly api.Share[] = [];
  @property({ attribute: false }) describe!: (clip: api.ClipInWords) => string;
  @state() private fingerprints: Record<string, string> = {};
  @state() private failure: api.Failure | undefined;
  /** The share that is asked about before it is withdrawn. */
  @state() private asking: string | undefined;

  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.failure = undefined;
    } catch (error) {
      this.failure = api.failureOf(error);
    }
  }

  private readonly showFingerprint = (share: api.Share): Promise<void> =>
    this.attempt(async () => {
      const proof = await api.shareProof(this.hass.connection, share.share_id);
      const shown = proof.fingerprint ?? this.strings.text("shares.no_fingerprint");
      this.fingerprints = { ...this.fingerprints, [share.share_id]: shown };
      await this.focusOn(`[data-share="${share.share_id}"] button`);
    });

  // A link lives five minutes, so each download begins with a new one.
  private readonly receipt = (share: api.Share): Promise<void> =>
    this.attempt(async () => {
      const proof = await api.shareProof(this.hass.connection, share.share_id);
      if (proof.receipt) download(this.hass, proof.receipt);
    });

  private readonly deliveryReceipt = (share: api.Share): Promise<void> =>
    this.attempt(async () => {
      const proof = await api.shareProof(this.hass.connection, share.share_id);
      if (proof.delivery_receipt) download(this.hass, proof.delivery_receipt);
    });

  private readonly ask = (share: api.Share): Promise<void> => {
    this.asking = share.share_id;
    return this.focusOn(".leave");
  };

  private readonly leave = (share: api.Share): Promise<void> => {
    this.asking = undefined;
    return this.focusOn(`[data-share="${share.share_id}"] .withdraw`);
  };

  /** What was pressed is gone; who uses a keyboard goes on where the next thing is. */
  private async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLButtonElement>(selector)?.focus();
  }

  private readonly withdraw = (share: api.Share): Promise<void> => {
    this.asking = undefined;
    return this.attempt(async () => {
      await api.withdrawShare(this.hass.connection, share.share_id);
      await this.focusOn(`[data-share="${share.share_id}"] button`);
    });
  };

  private readonly ledger = (): Promise<void> =>
    this.attempt(async () =>
      download(this.hass, await api.ledgerLink(this.hass.connection)),
    );

  protected override content(): TemplateResult {
    const { strings, failure, shares } = this;
    return html`<div class="body">
      ${renderProblem(strings, failure)}
      ${
        shares.length === 0
          ? html`<p class="empty muted">${strings.text("shares.empty")}</p>`
          : html`<ul>
              ${repeat(
                shares,
                (share) => share.share_id,
                (share) => this.row(share),
              )}
            </ul>`
      }
      ${this.hass.user?.is_admin ? this.ledgerPart() : nothing}
    </div>`;
  }

  private row(share: api.Share): TemplateResult {
    const { strings, locale } = this;
    const fingerprint = this.fingerprints[share.share_id];
    const title = strings.text(titleKey(share), { agency: share.agency_name });
    const at = dateTime(share.created_at, this.hass.config.time_zone, locale);
    const outcome = outcomeText(share, strings, locale);
    const said = saidByAgency(share, strings, (moment) =>
      dateTime(moment, this.hass.config.time_zone, locale),
    );
    const button = (
      key: string,
      act: (share: api.Share) => Promise<void>,
    ): TemplateResult =>
      html`<button
        class=${key}
        ?disabled=${!this.hass.connected}
        aria-label=${strings.text(`shares.${key}_label`, { time: at })}
        @click=${() => void act(share)}
      >
        ${strings.text(`shares.${key}`)}
      </button>`;
    return html`<li data-share=${share.share_id}>
      <strong>${title}</strong>
      <span class="clip"
        >${share.clip ? this.describe(share.clip) : strings.text("shares.gone")}</span
      >
      <span class="muted">${strings.text("shares.tapped", { time: at })}</span>
      ${outcome ? html`<p>${outcome}</p>` : nothing}
      ${said.map((words) => html`<p>${words}</p>`)}
      ${
        fingerprint
          ? html`<p role="status">
              ${strings.text("shares.fingerprint_of_home")} <code>${fingerprint}</code>
              <span class="muted">${strings.text("shares.fingerprint_hint")}</span>
            </p>`
          : nothing
      }
      ${
        share.has_receipt
          ? html`${fingerprint ? nothing : button("fingerprint", this.showFingerprint)}
            ${button("receipt", this.receipt)}`
          : nothing
      }
      ${
        share.receipt === "received" || share.receipt === "wrong"
          ? button("delivery_receipt", this.deliveryReceipt)
          : nothing
      }
      ${
        !share.can_withdraw
          ? nothing
          : this.asking === share.share_id
            ? renderWithdrawQuestion({
                strings,
                share,
                leave: () => void this.leave(share),
                withdraw: () => void this.withdraw(share),
              })
            : button("withdraw", this.ask)
      }
    </li>`;
  }

  private ledgerPart(): TemplateResult {
    const { strings } = this;
    return html`<p class="muted">${strings.text("shares.ledger_hint")}</p>
      <button ?disabled=${!this.hass.connected} @click=${() => void this.ledger()}>
        ${icon("download")} ${strings.text("shares.ledger")}
      </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-shares-dialog": SharesDialog;
  }
}
