/** A share in progress: the countdown with Undo, the transferred bytes, the result. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { downloadOnce } from "../ha/download.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { dateTime, size, time } from "../i18n/format.ts";
import type { Connection } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { outcomeText, titleKey } from "./share-words.ts";
import { shared } from "../ui/styles.ts";
import { forgetLink, linkOf } from "./upload-link.ts";

@customElement("doorwatch-share-status")
export class ShareStatus extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .banner {
        flex-wrap: wrap;
      }
      .banner.delivered .icon {
        color: var(--success-color, #2e7d32);
      }
      .grow {
        flex-basis: 180px !important;
      }
      p {
        margin: 4px 0 0;
      }
      .title {
        margin: 0;
        font-weight: 500;
      }
      .title:focus {
        outline: none;
      }
      progress {
        margin-top: 8px;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-inline-start: auto;
      }
    `,
  ];

  @property({ attribute: false }) share!: TimedShare;
  @property({ attribute: false }) zone!: string;
  /** The description of the clip; empty if it was deleted. */
  @property({ attribute: false }) what = "";
  /** Whether a finished share can be hidden (not in the dialog, which is about it). */
  @property({ type: Boolean }) dismissible = false;
  /** It is already on the page with its receipts, so don't link there. */
  @property({ type: Boolean }) listed = false;

  @state() private secondsLeft = 0;
  @state() private busy = false;
  @state() private failure: api.Failure | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** The pressed button may disappear when the state changes. */
  private pressed = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.timer = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate("share");
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("share")) return;
    const counting = this.share.state === "waiting" && this.share.cancelUntil !== null;
    this.count();
    if (counting && this.timer === undefined) {
      this.timer = setInterval(() => this.count(), 200);
    } else if (!counting) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    if (["expired", "cancelled"].includes(this.share.state))
      forgetLink(this.hass.user?.id, this.share.share_id);
    if (changed.get("share") && this.share.state !== "failed") this.failure = undefined;
  }

  /** Move the focus from a removed button to the text about the result. */
  protected override updated(changed: Map<string, unknown>): void {
    const before = changed.get("share") as TimedShare | undefined;
    if (!this.pressed || !before || before.state === this.share.state) return;
    this.pressed = false;
    if (document.activeElement === document.body) {
      this.renderRoot.querySelector<HTMLElement>(".title")?.focus();
    }
  }

  private count(): void {
    const left = (this.share.cancelUntil ?? 0) - performance.now();
    this.secondsLeft = Math.max(0, Math.ceil(left / 1000));
  }

  protected override render(): TemplateResult {
    const { state: now } = this.share;
    const bad = ["failed", "needs_new_tap", "expired"].includes(now);
    return html`<div class="banner ${now} ${bad ? "problem" : ""}">
      ${
        now === "delivered"
          ? icon("done")
          : bad
            ? icon("alert")
            : now === "cancelled"
              ? icon("undo")
              : now === "ready" || now === "handed_over"
                ? icon("download")
                : icon("share")
      }
      <div class="grow">
        <p class="title" tabindex="-1" aria-hidden=${now === "waiting"}>
          ${this.title_()}
        </p>
        ${this.what ? html`<p class="muted">${this.what}</p>` : nothing}
        <p class="sr" role="status">${this.announcement()}</p>
        ${this.detail()}
      </div>
      <div class="actions">${this.actions()}</div>
    </div>`;
  }

  private title_(): string {
    const { state: now, agency_name: agency } = this.share;
    if (now === "waiting") {
      const hand = this.share.hand_over_until ? "_hand" : "";
      if (this.secondsLeft > 0) {
        return this.strings.text(`status.waiting${hand}`, {
          agency,
          seconds: this.secondsLeft,
        });
      }
    }
    return this.strings.text(titleKey(this.share), { agency });
  }

  /** Announced once for each state, without seconds and bytes. */
  private announcement(): string {
    const { state: now, agency_name: agency } = this.share;
    const waiting = this.share.hand_over_until
      ? "status.waiting_announce_hand"
      : "status.waiting_announce";
    return this.strings.text(now === "waiting" ? waiting : titleKey(this.share), {
      agency,
    });
  }

  private detail(): TemplateResult | typeof nothing {
    const { share, strings, locale } = this;
    const problem =
      this.failure ??
      (share.problem ? { code: share.problem, message: "" } : undefined);
    const done = [
      "delivered",
      "uploaded",
      "handed_over",
      "expired",
      "cancelled",
    ].includes(share.state);
    const outcome = outcomeText(share, strings, locale);
    const told = !done || share.problem === "arrived_anyway";
    return html`
      ${
        share.state === "uploading"
          ? html`<progress
                max=${Math.max(1, share.total)}
                .value=${share.sent}
                aria-label=${strings.text("status.uploading", { agency: share.agency_name })}
              ></progress>
              <p class="muted">
                ${strings.text("status.bytes", {
                  sent: size(share.sent, locale),
                  total: size(share.total, locale),
                })}
              </p>`
          : nothing
      }
      ${problem && told ? html`<p>${problemText(strings, problem)}</p>` : nothing}
      ${outcome ? html`<p role="status">${outcome}</p>` : nothing}
      ${
        !this.listed && (share.state === "delivered" || share.state === "uploaded")
          ? html`<p class="muted">${strings.text(`status.${share.state}_hint`)}</p>`
          : nothing
      }
      ${this.byHand()}
      ${
        share.next_attempt && !done
          ? html`<p class="muted">
              ${strings.text("status.next_attempt", {
                time: time(share.next_attempt, this.zone, locale),
              })}
            </p>`
          : nothing
      }
    `;
  }

  /** The steps of handing over a package. */
  private byHand(): TemplateResult | typeof nothing {
    const { share, strings, locale } = this;
    if (share.state === "ready" && share.hand_over_until) {
      const sealed = !share.file?.endsWith(".zip");
      const until = dateTime(share.hand_over_until, this.zone, locale);
      return html`<p>${strings.text(`status.ready_${sealed ? "sealed" : "open"}`)}</p>
        ${
          share.downloads > 0
            ? html`<p>
                ${strings.text("status.downloads", { count: share.downloads })}
              </p>`
            : nothing
        }
        <p class="muted">${strings.text("status.ready_until", { time: until })}</p>`;
    }
    return share.state === "handed_over"
      ? html`<p>${strings.text("status.handed_over_hint")}</p>`
      : nothing;
  }

  /** Opens the pasted link without a referrer. */
  private page(): TemplateResult | typeof nothing {
    const link = linkOf(this.hass.user?.id, this.share.share_id);
    if (!link) return nothing;
    return html`<a
      class="button"
      href=${link}
      target="_blank"
      rel="noopener noreferrer"
    >
      ${this.strings.text("status.open_page")}
    </a>`;
  }

  private readonly download = async (): Promise<void> => {
    await this.run(async (connection, shareId) => {
      const { url, name } = await shareApi.shareAddress(connection, shareId);
      await downloadOnce(this.hass, url, name);
    });
  };

  private actions(): TemplateResult | typeof nothing {
    const { share, strings } = this;
    const button = (key: string, act: () => void, kind = ""): TemplateResult =>
      html`<button class=${kind} ?disabled=${this.busy} @click=${act}>
        ${key === "undo" || key === "download" ? icon(key) : nothing}
        ${strings.text(`status.${key}`)}
      </button>`;
    const cancel = (): void => void this.run(shareApi.cancelShare);
    const retry = (): void => void this.run(shareApi.retryShare);
    const hide = this.dismissible ? button("dismiss", () => this.hide()) : nothing;
    const instead = share.can_hand_over
      ? button("hand_over", () => void this.run(shareApi.handOver))
      : nothing;
    switch (share.state) {
      case "waiting":
        return button("undo", cancel, "primary");
      case "packaging":
      case "uploading":
        return html`${button("stop", cancel)} ${instead}
        ${share.next_attempt ? button("retry_now", retry, "primary") : nothing}`;
      case "ready":
        return html`${button("download", () => void this.download(), "primary")}
        ${this.page()} ${button("stop", cancel)}`;
      case "handed_over":
        // The file no longer exists here, so a failed upload needs a new share.
        return html`${hide} ${button("share_again", () => this.emit("share-again"))}
        ${this.page()}`;
      case "expired":
        return html`${hide}
        ${button("share_again", () => this.emit("share-again"), "primary")}`;
      case "failed":
        return html`${button("give_up", cancel)} ${instead}
        ${button("retry", retry, "primary")}`;
      case "needs_new_tap":
        return html`${button("dismiss", () => void this.putAway())}
        ${button("share_again", () => this.emit("share-again"), "primary")}`;
      default:
        return html`${hide}`;
    }
  }

  private hide(): void {
    forgetLink(this.hass.user?.id, this.share.share_id);
    this.emit("dismiss");
  }

  /** Mark it as read. */
  private async putAway(): Promise<void> {
    if (await this.run(shareApi.cancelShare)) this.emit("dismiss");
  }

  /** Send a command; return whether it succeeded. */
  private async run(
    command: (connection: Connection, shareId: string) => Promise<unknown>,
  ): Promise<boolean> {
    this.busy = true;
    this.pressed = true;
    try {
      await command(this.hass.connection, this.share.share_id);
      this.failure = undefined;
      return true;
    } catch (error) {
      const failure = api.failureOf(error);
      // The share itself continues; only a prepared share would be dropped.
      this.failure =
        failure.code === "connection_lost"
          ? { code: "connection_lost_share", message: "" }
          : failure;
      this.pressed = false;
      return false;
    } finally {
      this.busy = false;
    }
  }

  private emit(name: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail: this.share }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-share-status": ShareStatus;
  }
}
