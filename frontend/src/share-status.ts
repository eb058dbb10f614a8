/** One share on its way: the countdown with Undo, the bytes, the result. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "./api.ts";
import type { TimedShare } from "./feed.ts";
import { size, time, type Locale } from "./format.ts";
import type { Connection } from "./hass.ts";
import type { Strings } from "./i18n/strings.ts";
import { icon } from "./icons.ts";
import { problemText } from "./problem.ts";
import { outcomeText, titleKey } from "./share-words.ts";
import { shared } from "./styles.ts";

@customElement("doorwatch-share-status")
export class ShareStatus extends LitElement {
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
      progress {
        margin-top: 8px;
      }
      .actions {
        display: flex;
        gap: 8px;
        margin-inline-start: auto;
      }
    `,
  ];

  @property({ attribute: false }) share!: TimedShare;
  @property({ attribute: false }) connection!: Connection;
  @property({ attribute: false }) strings!: Strings;
  @property({ attribute: false }) locale!: Locale;
  @property({ attribute: false }) zone!: string;
  /** A finished share can be hidden (not in the dialog, which is about it). */
  @property({ type: Boolean }) dismissible = false;

  @state() private secondsLeft = 0;
  @state() private busy = false;
  @state() private failure: api.Failure | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;

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
    if (changed.get("share") && this.share.state !== "failed") this.failure = undefined;
  }

  private count(): void {
    const left = (this.share.cancelUntil ?? 0) - performance.now();
    this.secondsLeft = Math.max(0, Math.ceil(left / 1000));
  }

  protected override render(): TemplateResult {
    const { state: now } = this.share;
    const bad = now === "failed" || now === "needs_new_tap";
    return html`<div class="banner ${now} ${bad ? "problem" : ""}">
      ${
        now === "delivered"
          ? icon("done")
          : bad
            ? icon("alert")
            : now === "cancelled"
              ? icon("undo")
              : icon("share")
      }
      <div class="grow">
        <p class="title" aria-hidden=${now === "waiting"}>${this.title_()}</p>
        <p class="sr" role="status">${this.announcement()}</p>
        ${this.detail()}
      </div>
      <div class="actions">${this.actions()}</div>
    </div>`;
  }

  private title_(): string {
    const { state: now, agency_name: agency } = this.share;
    if (now === "waiting") {
      return this.secondsLeft > 0
        ? this.strings.text("status.waiting", { agency, seconds: this.secondsLeft })
        : this.strings.text("status.waiting_soon", { agency });
    }
    return this.strings.text(titleKey(this.share), { agency });
  }

  /** Said once for each state; the seconds and the bytes are not read out one by one. */
  private announcement(): string {
    const { state: now, agency_name: agency } = this.share;
    return this.strings.text(
      now === "waiting" ? "status.waiting_announce" : titleKey(this.share),
      { agency },
    );
  }

  private detail(): TemplateResult | typeof nothing {
    const { share, strings, locale } = this;
    const problem =
      this.failure ??
      (share.problem ? { code: share.problem, message: "" } : undefined);
    const done = share.state === "delivered" || share.state === "cancelled";
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
        share.state === "delivered"
          ? html`<p class="muted">${strings.text("status.delivered_hint")}</p>`
          : nothing
      }
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

  private actions(): TemplateResult | typeof nothing {
    const { share, strings } = this;
    const button = (key: string, act: () => void, kind = ""): TemplateResult =>
      html`<button class=${kind} ?disabled=${this.busy} @click=${act}>
        ${key === "undo" ? icon("undo") : nothing} ${strings.text(`status.${key}`)}
      </button>`;
    const cancel = (): void => void this.run(api.cancelShare);
    const hide = this.dismissible
      ? button("dismiss", () => this.emit("dismiss"))
      : nothing;
    switch (share.state) {
      case "waiting":
        return button("undo", cancel, "primary");
      case "packaging":
      case "uploading":
        return button("stop", cancel);
      case "failed":
        return html`${button("give_up", cancel)}
        ${button("retry", () => void this.run(api.retryShare), "primary")}`;
      case "needs_new_tap":
        return html`${button("dismiss", () => void this.putAway())}
        ${button("share_again", () => this.emit("share-again"), "primary")}`;
      default:
        return html`${hide}`;
    }
  }

  /** The person read it; nobody needs to see it again. */
  private async putAway(): Promise<void> {
    if (await this.run(api.cancelShare)) this.emit("dismiss");
  }

  /** Send a command; whether it worked. */
  private async run(
    command: (connection: Connection, shareId: string) => Promise<unknown>,
  ): Promise<boolean> {
    this.busy = true;
    try {
      await command(this.connection, this.share.share_id);
      this.failure = undefined;
      return true;
    } catch (error) {
      const failure = api.failureOf(error);
      // What was under way goes on; only a share that is prepared would be dropped.
      this.failure =
        failure.code === "connection_lost"
          ? { code: "connection_lost_share", message: "" }
          : failure;
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
