/** The page of a clip: watch it, go to its neighbors, protect, download, delete or share it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { NO_REQUESTS, type TimedShare } from "../api/home-feed.ts";
import "../clips/clip-player.ts";
import { inWords } from "../clips/clip-words.ts";
import "../clips/delete-dialog.ts";
import { download } from "../ha/download.ts";
import { navigate } from "../ha/navigate.ts";
import { PageTitle } from "../ha/page-title.ts";
import "../share/propose.ts";
import { askedIn, proposalStyles, renderProposals } from "../share/proposals.ts";
import "../share/share-dialog.ts";
import type { Asked } from "../share/share-editing.ts";
import { isShown, renderShares } from "../share/share-list.ts";
import { icon } from "../ui/icons.ts";
import { problemText, renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { arrowOf, type Side } from "./arrow-keys.ts";
import { renderActions } from "./clip-actions.ts";
import { renderFacts } from "./clip-facts.ts";
import { ClipFollower } from "./clip-follower.ts";
import { clipPageStyles } from "./clip-page-styles.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { Swipe } from "./swipe.ts";

/** Height in pixels of the video's native controls, which handle touches themselves. */
const CONTROLS = 80;

type Way = "older" | "newer";

@customElement("doorwatch-clip-page")
export class ClipPage extends ActingElement {
  static override readonly styles = [shared, proposalStyles, clipPageStyles];

  @property({ attribute: false }) clipId = "";
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  @property({ attribute: false }) proposals: readonly api.Proposal[] = [];
  @property({ attribute: false }) requests = NO_REQUESTS;

  private readonly pageTitle = new PageTitle(this);
  @state() private sharing:
    { agencyId: string | null; request: Asked | null } | undefined;
  @state() private asking = false;
  private sending = false;
  @state() private hidden_ = new Set<string>();
  private readonly follower = new ClipFollower(() => this.requestUpdate());
  private readonly swipe = new Swipe();
  /** A deleted clip stays visible until the next one is loaded. */
  private leaving: api.Clip | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.key);
    if (this.hasUpdated) this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.key);
    this.follower.stop();
    this.sharing = undefined;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const before = changed.get("hass") as typeof this.hass | undefined;
    const moved = before && before.connection !== this.hass.connection;
    if (changed.has("clipId") || moved) this.open();
    const { clip } = this;
    if (clip) this.pageTitle.set(this.describe("page.clip.title", clip));
    else if (this.follower.gone)
      this.pageTitle.set(this.strings.text("page.clip.gone"));
  }

  /** Neighbors are those of the doorbell that the list was filtered by. */
  private get doorbellId(): string | null {
    return new URLSearchParams(location.search).get("doorbell");
  }

  private open(): void {
    this.failure = undefined;
    this.asking = false;
    this.sharing = undefined;
    this.follower.open(this.hass.connection, this.clipId, this.doorbellId ?? undefined);
  }

  private get clip(): api.Clip | undefined {
    return this.follower.clip ?? this.leaving;
  }

  /** `#t=12` is a position in the requested clip, but not in its neighbors. */
  private get from(): number {
    return Number(new URLSearchParams(location.hash.slice(1)).get("t")) || 0;
  }

  private doorbellOf(clip: api.ClipInWords): api.Doorbell | undefined {
    return this.doorbells.find((one) => one.doorbell_id === clip.doorbell_id);
  }

  private describe(key: string, clip: api.ClipInWords): string {
    const name = this.doorbellOf(clip)?.name ?? this.strings.text("clip.no_doorbell");
    return inWords(this.strings, this.locale, key, clip, name);
  }

  // Navigation

  /** A direction that was pressed before the clip was loaded. */
  private pressed: Way | undefined;

  private step(way: Way): void {
    const { follower } = this;
    const there = follower.gone || follower.clip?.clip_id === this.clipId;
    this.pressed = there ? undefined : way;
    if (there) this.goTo(follower[way]);
  }

  protected override updated(): void {
    if (this.pressed) this.step(this.pressed);
  }

  private goTo(to: string | null): void {
    // Replace the history entry, so that Back always leads to the list.
    if (to) navigate(this.addressOf(to), { replace: true });
  }

  private addressOf(clipId: string): string {
    return `/doorwatch/clip/${encodeURIComponent(clipId)}${location.search}`;
  }

  private get backwards(): boolean {
    return getComputedStyle(this).direction === "rtl";
  }

  /** Left is earlier, as on the timeline. */
  private stepTo(side: Side): void {
    const before = (side === "left") !== this.backwards;
    this.step(before ? "older" : "newer");
  }

  private readonly key = (event: KeyboardEvent): void => {
    const side = arrowOf(event, this);
    if (!side || this.sharing || this.sending || this.asking) return;
    event.preventDefault();
    this.stepTo(side);
  };

  private readonly touched = (event: PointerEvent): void => {
    const { bottom } = (event.currentTarget as Element).getBoundingClientRect();
    if (event.clientY > bottom - CONTROLS) this.swipe.cancel();
    else this.swipe.begin(event);
  };

  /** Swiping right shows what was on the left. */
  private readonly lifted = (event: PointerEvent): void => {
    const side = this.swipe.end(event);
    if (side) this.stepTo(side === "right" ? "left" : "right");
  };

  // Actions

  private async protect(clip: api.Clip): Promise<void> {
    const on = !clip.protected;
    if (await this.attempt((connection) => api.protect(connection, clip.clip_id, on)))
      this.follower.update({ protected: on });
  }

  private readonly download = async (): Promise<void> => {
    await this.attempt(async (connection) => {
      const link = await api.link(connection, this.clipId);
      download(this.hass, link.download);
    });
  };

  /** Deleting can be undone, so ask only for protected clips. */
  private askToDelete(clip: api.Clip): void {
    if (clip.protected) this.asking = true;
    else void this.delete(clip);
  }

  private async delete(clip: api.Clip): Promise<void> {
    const next = this.follower.older ?? this.follower.newer;
    // This element and its parent may be gone when the user presses Undo.
    const place = this.closest("main") ?? this.parentNode ?? this;
    const back = this.addressOf(clip.clip_id);
    this.leaving = clip;
    if (await this.attempt((connection) => api.deleteClip(connection, clip.clip_id))) {
      const { strings, hass } = this;
      const undo = async (): Promise<void> => {
        try {
          await api.restoreClip(hass.connection, clip.clip_id);
          navigate(back, { replace: true });
          say(place, { text: strings.text("snackbar.restored") });
        } catch (error) {
          say(place, { text: problemText(strings, api.failureOf(error)) });
        }
      };
      say(place, { text: strings.text("snackbar.deleted"), undo: () => void undo() });
      if (next) this.goTo(next);
      else navigate("/doorwatch", { replace: true });
    }
    this.leaving = undefined;
  }

  private pause(): void {
    this.renderRoot
      .querySelector("doorwatch-clip-player")
      ?.shadowRoot?.querySelector("video")
      ?.pause();
  }

  private share(agencyId: string | null, request: Asked | null = null): void {
    this.pause();
    this.sharing = { agencyId, request };
  }

  /** Dismiss a stopped share before opening the dialog for the new one. */
  private async shareAgain(share: TimedShare): Promise<void> {
    await this.attempt((connection) => api.cancelShare(connection, share.share_id));
    this.share(share.agency_id);
  }

  // Rendering

  protected override render(): TemplateResult {
    const { clip, strings, follower } = this;
    if (!clip) return this.without();
    return html`<h1 tabindex="-1">
        ${this.describe("page.clip.heading", clip)}
        <span class="muted">${this.describe("page.clip.doorbell", clip)}</span>
      </h1>
      <p class="sr" role="status">${this.describe("page.clip.title", clip)}</p>
      ${renderProblem(strings, this.failure ?? follower.failure)}
      <div class="clip">
        <div
          class="media"
          style="--ratio: ${clip.width || 16} / ${clip.height || 9}"
          @pointerdown=${this.touched}
          @pointerup=${this.lifted}
          @pointercancel=${() => this.swipe.cancel()}
        >
          <doorwatch-clip-player
            .clip=${clip}
            .label=${this.describe("clip.video", clip)}
            .from=${this.from}
            @clip-download=${() => void this.download()}
          ></doorwatch-clip-player>
        </div>
        <div class="row">
          <div class="steps">
            ${this.stepButton("older", follower.older)}
            ${this.stepButton("newer", follower.newer)}
          </div>
          <div class="actions">
            ${renderActions({
              strings,
              clip,
              doorbell: this.doorbellOf(clip)?.name ?? "",
              connected: this.hass.connected,
              protect: () => void this.protect(clip),
              download: () => void this.download(),
              delete: () => this.askToDelete(clip),
              onSending: (open) => {
                this.sending = open;
                if (open) this.pause();
              },
              share: () => this.share(null),
            })}
          </div>
        </div>
        ${
          clip.may_share
            ? nothing
            : html`<doorwatch-propose .clipId=${clip.clip_id}></doorwatch-propose>`
        }
        ${renderFacts({ strings, locale: this.locale, clip, doorbell: this.doorbellOf(clip) })}
        ${this.sharesOf(clip)}
        <p class="keys muted">${strings.text("page.clip.keys")}</p>
      </div>
      ${this.dialogs(clip)}`;
  }

  private stepButton(key: Way, to: string | null): TemplateResult {
    // Not disabled at the end, because keyboard users would lose the focus.
    return html`<button
      class=${key}
      aria-disabled=${to === null}
      aria-keyshortcuts=${(key === "older") === this.backwards ? "ArrowRight" : "ArrowLeft"}
      @click=${() => this.step(key)}
    >
      ${key === "older" ? icon("back") : nothing}
      ${this.strings.text(`page.clip.${key}`)}
      ${key === "newer" ? icon("forth") : nothing}
    </button>`;
  }

  private sharesOf(clip: api.Clip): TemplateResult {
    const { strings } = this;
    const shares = this.shares.filter((one) => one.clip_id === clip.clip_id);
    return html`${renderProposals({
      strings,
      proposals: this.proposals.filter((one) => one.clip_id === clip.clip_id),
      clips: [clip],
      connected: this.hass.connected,
      describe: (one) => this.describe("proposal.text", one),
      review: (one) => this.share(one.agency_id, askedIn(one, this.requests)),
      dismiss: ({ proposal_id }) =>
        void this.attempt((connection) => api.dismissProposal(connection, proposal_id)),
    })}
    ${renderShares({
      strings,
      zone: this.hass.config.time_zone,
      shares: shares.filter((share) => isShown(share, this.hidden_)),
      // The clip is described above.
      describe: () => "",
      hide: (share) => {
        this.hidden_ = new Set(this.hidden_).add(share.share_id);
      },
      again: (share) => void this.shareAgain(share),
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

  private dialogs(clip: api.Clip): TemplateResult {
    return html`${
      this.sharing
        ? html`<doorwatch-share-dialog
            .clip=${clip}
            .doorbell=${this.doorbellOf(clip)?.name ?? ""}
            .agencyId=${this.sharing.agencyId}
            .request=${this.sharing.request}
            .shares=${this.shares}
            @dialog-closed=${() => (this.sharing = undefined)}
          ></doorwatch-share-dialog>`
        : nothing
    }
    ${
      this.asking
        ? html`<doorwatch-delete-dialog
            .clips=${[clip]}
            .what=${this.describe("delete.text", clip)}
            @delete=${() => void this.delete(clip)}
            @dialog-closed=${() => (this.asking = false)}
          ></doorwatch-delete-dialog>`
        : nothing
    }`;
  }

  /** Shown while the clip is loading, or if there is none that this person may see. */
  private without(): TemplateResult {
    const { strings, follower } = this;
    if (!follower.gone && follower.status !== "error") {
      return html`<p class="empty muted" role="status">
        ${strings.text("page.loading")}
      </p>`;
    }
    if (!follower.gone) return html`${renderProblem(strings, follower.failure)}`;
    return html`<div class="empty" role="status">
      ${icon("door")}
      <h1 tabindex="-1">${strings.text("page.clip.gone")}</h1>
      <a class="button" href="/doorwatch">${strings.text("page.clip.all")}</a>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip-page": ClipPage;
  }
}
