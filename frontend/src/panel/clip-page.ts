/** The page of a clip: watch it, go to its neighbors, protect, download, delete or share it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { NO_REQUESTS, type TimedShare } from "../api/home-feed.ts";
import { inWords } from "../clips/clip-words.ts";
import { download } from "../ha/download.ts";
import { navigate } from "../ha/navigate.ts";
import { PageTitle } from "../ha/page-title.ts";
import type { ClipPlayer } from "../player/clip-player.ts";
import "../share/propose.ts";
import { askedIn, proposalStyles } from "../share/proposals.ts";
import type { Asked } from "../share/share-editing.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { AutoNext } from "./auto-next.ts";
import { renderActions } from "./clip-actions.ts";
import { sayDeleted } from "./clip-deleted.ts";
import { ClipDialogs } from "./clip-dialogs.ts";
import { renderFacts } from "./clip-facts.ts";
import { ClipFollower } from "./clip-follower.ts";
import { renderKeys } from "./clip-keys.ts";
import { renderNeighbors } from "./clip-neighbors.ts";
import { renderMissing, renderNoPlayer } from "./clip-missing.ts";
import { clipPageStyles } from "./clip-page-styles.ts";
import { renderClipShares } from "./clip-shares.ts";
import { ClipSteps } from "./clip-steps.ts";
import { Lazy } from "../ui/lazy.ts";
import { isForPage, sideOf } from "./page-keys.ts";
import { Swipe } from "./swipe.ts";

/** While one of these has the focus, the page stays at this clip. */
const BUSY =
  ".actions:focus-within, .about:focus-within, doorwatch-propose:focus-within";

@customElement("doorwatch-clip-page")
export class ClipPage extends ActingElement {
  static override readonly styles = [shared, proposalStyles, clipPageStyles];

  @property({ attribute: false }) clipId = "";
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  @property({ attribute: false }) proposals: readonly api.Proposal[] = [];
  @property({ attribute: false }) requests = NO_REQUESTS;

  @state() private hidden_ = new Set<string>();
  @query("doorwatch-clip-player:defined")
  private readonly player!: ClipPlayer | null;
  private readonly playing = new Lazy(
    () => import("../player/player.ts"),
    () => this.requestUpdate(),
  );
  private readonly pageTitle = new PageTitle(this);
  private readonly follower = new ClipFollower(() => this.requestUpdate());
  private readonly dialogs = new ClipDialogs(() => this.requestUpdate());
  private readonly steps = new ClipSteps(this.follower, (id) => this.goTo(id));
  private readonly swipe = new Swipe();
  private readonly next = new AutoNext();
  /** A deleted clip stays visible until the next one is loaded. */
  private leaving: api.Clip | undefined;

  constructor() {
    super();
    this.addEventListener("pointerdown", (event) => this.swipe.begin(event));
    this.addEventListener("pointerup", this.lifted);
    this.addEventListener("pointercancel", () => this.swipe.cancel());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Before the shortcuts of Home Assistant, which listens at the window.
    document.addEventListener("keydown", this.key);
    if (this.hasUpdated) this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.key);
    this.follower.stop();
    this.dialogs.close();
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

  protected override updated(): void {
    this.steps.settle();
  }

  /** Neighbors are those of the doorbell that the list was filtered by. */
  private get doorbellId(): string | null {
    return new URLSearchParams(location.search).get("doorbell");
  }

  private open(): void {
    this.playing.want();
    this.failure = undefined;
    this.dialogs.close();
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

  private nameOf(clip: api.ClipInWords): string {
    return this.doorbellOf(clip)?.name ?? this.strings.text("clip.no_doorbell");
  }

  private describe(key: string, clip: api.ClipInWords): string {
    return inWords(this.strings, this.locale, key, clip, this.nameOf(clip));
  }

  // Navigation

  private goTo(to: string): void {
    // Replace the history entry, so that Back always leads to the list.
    navigate(this.addressOf(to), { replace: true });
  }

  private addressOf(clipId: string): string {
    return `/doorwatch/clip/${encodeURIComponent(clipId)}${location.search}`;
  }

  private get backwards(): boolean {
    return getComputedStyle(this).direction === "rtl";
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (this.dialogs.open || !isForPage(event, this)) return;
    const side = sideOf(event);
    if (side) this.steps.stepTo(side, this.backwards);
    else if (this.hass.enableShortcuts === false || !this.player?.press(event)) return;
    event.preventDefault();
  };

  /** Swiping right shows what was on the left. */
  private readonly lifted = (event: PointerEvent): void => {
    const side = this.swipe.end(event);
    if (!side || this.dialogs.open) return;
    this.steps.stepTo(side === "right" ? "left" : "right", this.backwards);
  };

  private readonly ended = (): void => {
    const busy = this.dialogs.open || this.renderRoot.querySelector(BUSY);
    if (this.next.on && !busy && !document.hidden) this.steps.goOn();
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
    if (clip.protected) this.dialogs.askToDelete();
    else void this.delete(clip);
  }

  private async delete(clip: api.Clip): Promise<void> {
    const next = this.follower.older ?? this.follower.newer;
    // This element and its parent may be gone when the user presses Undo.
    const place = this.closest("main") ?? this.parentNode ?? this;
    const { hass, strings } = this;
    const back = this.addressOf(clip.clip_id);
    this.leaving = clip;
    if (await this.attempt((connection) => api.deleteClip(connection, clip.clip_id))) {
      sayDeleted({ place, hass, strings, clipId: clip.clip_id, back });
      if (next) this.goTo(next);
      else navigate("/doorwatch", { replace: true });
    }
    this.leaving = undefined;
  }

  private share(agencyId: string | null, request: Asked | null = null): void {
    this.player?.pause();
    this.dialogs.share(agencyId, request);
  }

  /** Dismiss a stopped share before opening the dialog for the new one. */
  private async shareAgain(share: TimedShare): Promise<void> {
    await this.attempt((connection) =>
      shareApi.cancelShare(connection, share.share_id),
    );
    this.share(share.agency_id);
  }

  // Rendering

  protected override render(): TemplateResult {
    const { clip, strings, locale, follower } = this;
    if (!clip) return renderMissing(strings, follower);
    const doorbell = this.doorbellOf(clip);
    return html`<h1 tabindex="-1">
        ${this.describe("page.clip.heading", clip)}
        <span class="muted">${this.nameOf(clip)}</span>
      </h1>
      <p class="sr" role="status">${this.describe("page.clip.title", clip)}</p>
      ${renderProblem(strings, this.failure ?? follower.failure)}
      <div class="clip">
        <div class="media" style="--ratio: ${clip.width || 16} / ${clip.height || 9}">
          ${
            this.playing.state === "missing"
              ? renderNoPlayer(strings)
              : html`<doorwatch-clip-player
                  .clip=${clip}
                  .label=${this.describe("clip.video", clip)}
                  .doorbell=${this.nameOf(clip)}
                  .from=${this.from}
                  .goesOn=${this.steps.goesOn}
                  @clip-download=${() => void this.download()}
                  @clip-ended=${this.ended}
                ></doorwatch-clip-player>`
          }
        </div>
        <div class="row">
          ${this.steps.render(strings, this.backwards)}
          <div class="actions">
            ${renderActions({
              strings,
              clip,
              doorbell: doorbell?.name ?? "",
              connected: this.hass.connected,
              protect: () => void this.protect(clip),
              download: () => void this.download(),
              delete: () => this.askToDelete(clip),
              onSending: (open) => {
                this.dialogs.sending = open;
                if (open) this.player?.pause();
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
        ${renderNeighbors({
          strings,
          clips: follower.near,
          current: clip.clip_id,
          next: this.next,
          addressOf: (id) => this.addressOf(id),
          nameOf: (one) => (this.doorbells.length > 1 ? this.nameOf(one) : ""),
          choose: (id) => this.steps.choose(id),
        })}
        <div class="about">
          ${renderFacts({ strings, locale, clip, doorbell })} ${this.sharesOf(clip)}
        </div>
        ${renderKeys(strings)}
      </div>
      ${this.dialogs.render({
        clip,
        doorbell: doorbell?.name ?? "",
        shares: this.shares,
        what: this.describe("delete.text", clip),
        delete: () => void this.delete(clip),
      })}`;
  }

  private sharesOf(clip: api.Clip): TemplateResult {
    return renderClipShares({
      strings: this.strings,
      clip,
      shares: this.shares,
      proposals: this.proposals,
      hidden: this.hidden_,
      connected: this.hass.connected,
      zone: this.hass.config.time_zone,
      describe: (one) => this.describe("proposal.text", one),
      review: (one) => this.share(one.agency_id, askedIn(one, this.requests)),
      dismiss: ({ proposal_id }) =>
        void this.attempt((connection) =>
          shareApi.dismissProposal(connection, proposal_id),
        ),
      hide: ({ share_id }) => {
        this.hidden_ = new Set(this.hidden_).add(share_id);
      },
      again: (share) => void this.shareAgain(share),
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip-page": ClipPage;
  }
}
