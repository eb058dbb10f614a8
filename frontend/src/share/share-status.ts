/** A share in progress: the countdown with Undo, the transferred bytes, the result. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { CommandRunner } from "../api/command-runner.ts";
import * as shareApi from "../api/sharing.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { downloadOnce } from "../ha/download.ts";
import type { Connection } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { Countdown } from "../ui/countdown.ts";
import { icon } from "../ui/icons.ts";
import { NextFocus } from "../ui/next-focus.ts";
import { shared } from "../ui/styles.ts";
import { actionsOf, iconOf, isProblem, type ShareAction } from "./share-actions.ts";
import { renderShareDetails } from "./share-details.ts";
import { shareStatusStyles } from "./share-status-styles.ts";
import { announcement, titleText } from "./share-words.ts";
import { forgetLink, linkOf } from "./upload-link.ts";

const COMMANDS: Partial<
  Record<ShareAction, (connection: Connection, shareId: string) => Promise<unknown>>
> = {
  undo: shareApi.cancelShare,
  stop: shareApi.cancelShare,
  give_up: shareApi.cancelShare,
  put_away: shareApi.cancelShare,
  retry: shareApi.retryShare,
  retry_now: shareApi.retryShare,
  hand_over: shareApi.handOver,
};

@customElement("doorwatch-share-status")
export class ShareStatus extends HomeElement {
  static override readonly styles = [shared, shareStatusStyles];

  @property({ attribute: false }) share!: TimedShare;
  @property({ attribute: false }) zone!: string;
  /** The description of the clip; empty if it was deleted. */
  @property({ attribute: false }) what = "";
  /** Whether a finished share can be hidden (not in the dialog, which is about it). */
  @property({ type: Boolean }) dismissible = false;
  /** It is already on the page with its receipts, so don't link there. */
  @property({ type: Boolean }) listed = false;

  private readonly commands = new CommandRunner(
    () => this.hass.connection,
    () => this.requestUpdate(),
  );
  private readonly countdown = new Countdown(this);
  private readonly nextFocus = new NextFocus(this);
  /** The pressed button may disappear when the state changes. */
  private pressed = false;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("share")) return;
    const { share, countdown } = this;
    const before = changed.get("share") as TimedShare | undefined;
    countdown.count(share.state === "waiting" ? share.cancelUntil : null);
    if (["expired", "cancelled"].includes(share.state)) this.forgetLink();
    if (before && share.state !== "failed") this.commands.failure = undefined;
    if (!this.pressed || !before || before.state === share.state) return;
    this.pressed = false;
    this.nextFocus.expect(".title");
  }

  protected override render(): TemplateResult {
    const { share, strings, locale, zone, listed, what, commands } = this;
    const { state } = share;
    const { seconds } = this.countdown;
    return html`<div class="banner ${state} ${isProblem(state) ? "problem" : ""}">
      ${icon(iconOf(state))}
      <div class="grow">
        <p class="title" tabindex="-1" aria-hidden=${state === "waiting"}>
          ${titleText(strings, share, seconds)}
        </p>
        ${what ? html`<p class="muted">${what}</p>` : nothing}
        <p class="sr" role="status">${announcement(strings, share)}</p>
        ${renderShareDetails({
          ...{ strings, locale, zone, share, listed },
          failure: commands.failure,
        })}
      </div>
      <div class="actions">
        ${repeat(
          actionsOf(share, this.dismissible),
          // A second press must not reach another action.
          ({ action }) => action,
          ({ action, primary }) =>
            action === "open_page"
              ? this.pageLink()
              : this.button(action, primary ? "primary" : ""),
        )}
      </div>
    </div>`;
  }

  private button(action: ShareAction, kind: string): TemplateResult {
    const key = action === "put_away" ? "dismiss" : action;
    return html`<button
      class=${kind}
      ?disabled=${this.commands.busy}
      @click=${() => void this.act(action)}
    >
      ${key === "undo" || key === "download" ? icon(key) : nothing}
      ${this.strings.text(`status.${key}`)}
    </button>`;
  }

  /** Opens the pasted link without a referrer. */
  private pageLink(): TemplateResult | typeof nothing {
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

  private async act(action: ShareAction): Promise<void> {
    const { hass, share } = this;
    if (action === "dismiss") this.forgetLink();
    if (action === "dismiss" || action === "share_again") {
      this.emit(action === "dismiss" ? "dismiss" : "share-again");
      return;
    }
    this.pressed = true;
    const isDone = await this.commands.run(async (connection) => {
      await COMMANDS[action]?.(connection, share.share_id);
      if (action !== "download") return;
      const { url, name } = await shareApi.shareAddress(connection, share.share_id);
      await downloadOnce(hass, url, name);
    });
    if (!isDone) this.pressed = false;
    else if (action === "put_away") this.emit("dismiss");
  }

  private forgetLink(): void {
    forgetLink(this.hass.user?.id, this.share.share_id);
  }

  private emit(name: "dismiss" | "share-again"): void {
    this.dispatchEvent(new CustomEvent(name, { detail: this.share }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-share-status": ShareStatus;
  }
}
