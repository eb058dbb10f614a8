/** A share in the list: its state, clip and proofs, and a button to end it. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as shareApi from "../api/sharing.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { inWords } from "../clips/clip-words.ts";
import { download } from "../ha/download.ts";
import { dateTime } from "../i18n/format.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import "./share-status.ts";
import { saidByAgency } from "./share-words.ts";
import { renderWithdrawQuestion } from "./withdraw-question.ts";

@customElement("doorwatch-share-row")
export class ShareRow extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 8px;
        line-height: 1.4;
      }
      p {
        margin: 0;
        overflow-wrap: anywhere;
      }
      a {
        color: var(--dw-link);
        text-underline-offset: 3px;
      }
      code {
        display: block;
        margin: 4px 0;
        overflow-wrap: anywhere;
        font-size: 0.875rem;
      }
      .question > * + * {
        margin-top: 8px;
      }
      .question {
        padding-top: 8px;
        border-top: 1px solid var(--dw-line);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  @property({ attribute: false }) share!: TimedShare;
  @property({ attribute: false }) doorbell = "";
  /** The title of the request that it answers, while that is open. The agency may change it. */
  @property({ attribute: false }) request: string | undefined;
  @state() private fingerprint: string | undefined;
  /** Whether to ask before withdrawing. */
  @state() private asking = false;
  /** The PIN as typed, once the home asked for it. */
  @state() private pin: string | undefined;

  private readonly showFingerprint = async (): Promise<void> => {
    await this.attempt(async (connection) => {
      const proof = await shareApi.shareProof(connection, this.share.share_id);
      this.fingerprint =
        proof.fingerprint ?? this.strings.text("shares.no_fingerprint");
      await this.focusOn(".fingerprint");
    });
  };

  /** Links are valid for five minutes, so each download requests a new one. */
  private async receipt(
    which: "receipt" | "delivery_receipt" | "declaration",
  ): Promise<void> {
    await this.attempt(async (connection) => {
      const proof = await shareApi.shareProof(connection, this.share.share_id);
      const path = proof[which];
      if (path) download(this.hass, path);
    });
  }

  private async ask(): Promise<void> {
    this.asking = true;
    await this.focusOn(".leave");
  }

  private async leave(): Promise<void> {
    this.asking = false;
    this.pin = undefined;
    await this.focusOn(".withdraw");
  }

  private async withdraw(): Promise<void> {
    const pin = this.pin ?? "";
    const done = await this.attempt((connection) =>
      shareApi.withdrawShare(connection, this.share.share_id, pin),
    );
    if (!done && this.failure?.code.startsWith("pin_")) {
      this.pin = "";
      await this.focusOn("[name=pin]");
      return;
    }
    this.asking = false;
    this.pin = undefined;
    await this.focusOn("a, button");
  }

  protected override render(): TemplateResult {
    const { share, strings, locale, fingerprint } = this;
    const zone = this.hass.config.time_zone;
    const at = dateTime(share.created_at, zone, locale);
    const said = saidByAgency(share, strings, (moment) =>
      dateTime(moment, zone, locale),
    );
    return html`<doorwatch-share-status
        listed
        .share=${share}
        .zone=${zone}
        @share-again=${() =>
          this.dispatchEvent(new CustomEvent("share-again", { detail: share }))}
      ></doorwatch-share-status>
      <p>${this.which()}</p>
      ${
        share.request_id === null
          ? nothing
          : html`<p>
              ${strings.text("shares.answers")}
              ${this.request ? html`<bdi>${this.request}</bdi> · ` : nothing}<bdi
                >${share.request_id}</bdi
              >
            </p>`
      }
      <p class="muted">${strings.text("shares.tapped", { time: at })}</p>
      ${said.map((words) => html`<p>${words}</p>`)}
      ${renderProblem(strings, this.failure)}
      ${
        fingerprint
          ? html`<p class="fingerprint" role="status" tabindex="-1">
              ${strings.text("shares.fingerprint_of_home")}
              <code>${fingerprint}</code>
              <span class="muted">${strings.text("shares.fingerprint_hint")}</span>
            </p>`
          : nothing
      }
      ${this.buttons(at)}
      ${
        this.asking && share.can_withdraw
          ? renderWithdrawQuestion({
              strings,
              share,
              pin: this.pin,
              change: (pin) => (this.pin = pin),
              leave: () => void this.leave(),
              withdraw: () => void this.withdraw(),
            })
          : nothing
      }`;
  }

  private which(): TemplateResult | string {
    const { clip, clip_id } = this.share;
    if (!clip) return this.strings.text("shares.gone");
    return html`<a href="/doorwatch/clip/${encodeURIComponent(clip_id)}"
      >${inWords(this.strings, this.locale, "shares.clip", clip, this.doorbell)}</a
    >`;
  }

  private buttons(at: string): TemplateResult | typeof nothing {
    const { share, strings } = this;
    const button = (key: string, act: () => unknown): TemplateResult =>
      html`<button
        class=${key}
        ?disabled=${!this.hass.connected}
        aria-label=${strings.text(`shares.${key}_label`, { time: at })}
        @click=${act}
      >
        ${strings.text(`shares.${key}`)}
      </button>`;
    const answered = share.receipt === "received" || share.receipt === "wrong";
    const withdraws = share.can_withdraw && !this.asking;
    if (!share.has_receipt && !share.has_declaration && !answered && !withdraws)
      return nothing;
    return html`<div class="buttons">
      ${
        share.has_receipt
          ? html`${this.fingerprint ? nothing : button("fingerprint", this.showFingerprint)}
            ${button("receipt", () => this.receipt("receipt"))}`
          : nothing
      }
      ${
        answered
          ? button("delivery_receipt", () => this.receipt("delivery_receipt"))
          : nothing
      }
      ${
        share.has_declaration
          ? button("declaration", () => this.receipt("declaration"))
          : nothing
      }
      ${withdraws ? button("withdraw", () => this.ask()) : nothing}
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-share-row": ShareRow;
  }
}
