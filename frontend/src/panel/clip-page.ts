/** The page of a clip: watch it, go to its neighbors, protect, download, delete or share it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type * as api from "../api/commands.ts";
import { NO_REQUESTS, type TimedShare } from "../api/home-feed.ts";
import { ClipTexts } from "../clips/clip-texts.ts";
import { HomeElement } from "../ha/home-element.ts";
import { navigate } from "../ha/navigate.ts";
import { PageTitle } from "../ha/page-title.ts";
import type { ClipPlayer } from "../player/clip-player.ts";
import "../share/propose.ts";
import { askedIn, proposalStyles } from "../share/proposals.ts";
import type { Asked } from "../share/share-editing.ts";
import { Lazy } from "../ui/lazy.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { renderActions } from "./clip-actions.ts";
import { clipAddress, doorbellIn, openClip, positionIn } from "./clip-address.ts";
import { ClipCommands } from "./clip-commands.ts";
import { sayDeleted } from "./clip-deleted.ts";
import { ClipDialogs } from "./clip-dialogs.ts";
import { renderFacts } from "./clip-facts.ts";
import { ClipFollower } from "./clip-follower.ts";
import { renderKeys } from "./clip-keys.ts";
import { renderMissing, renderNoPlayer } from "./clip-missing.ts";
import { renderNeighbors } from "./clip-neighbors.ts";
import { clipPageStyles } from "./clip-page-styles.ts";
import { renderClipShares } from "./clip-shares.ts";
import { ClipSteps } from "./clip-steps.ts";
import { PageInput } from "./page-input.ts";
import { BASE } from "./route.ts";

/** While one of these has the focus, the page stays at this clip. */
const BUSY =
  ".actions:focus-within, .about:focus-within, doorwatch-propose:focus-within";

const isRightToLeft = (element: Element): boolean =>
  getComputedStyle(element).direction === "rtl";

@customElement("doorwatch-clip-page")
export class ClipPage extends HomeElement {
  static override readonly styles = [shared, proposalStyles, clipPageStyles];

  @property({ attribute: false }) clipId = "";
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  @property({ attribute: false }) proposals: readonly api.Proposal[] = [];
  @property({ attribute: false }) requests = NO_REQUESTS;

  @query("doorwatch-clip-player:defined")
  private readonly player!: ClipPlayer | null;
  private readonly playing = new Lazy(
    () => import("../player/player.ts"),
    () => this.requestUpdate(),
  );
  private readonly pageTitle = new PageTitle(this);
  private readonly follower = new ClipFollower(() => this.requestUpdate());
  private readonly commands = new ClipCommands(
    () => this.hass,
    this.follower,
    () => this.requestUpdate(),
  );
  private readonly dialogs = new ClipDialogs(() => this.requestUpdate());
  private readonly steps = new ClipSteps(this.follower, openClip);

  constructor() {
    super();
    new PageInput(this, {
      isReady: () => !this.dialogs.open,
      step: (side) => this.steps.stepTo(side, isRightToLeft(this)),
      press: (event) =>
        this.hass.enableShortcuts !== false && this.player?.press(event) === true,
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Shown again: open the clip again.
    this.requestUpdate("clipId");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.follower.stop();
    this.dialogs.close();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const { follower, strings } = this;
    const before = changed.get("hass") as typeof this.hass | undefined;
    const moved = before && before.connection !== this.hass.connection;
    if (changed.has("clipId") || moved) {
      this.playing.want();
      this.commands.failure = undefined;
      this.dialogs.close();
      follower.open(this.hass.connection, this.clipId, doorbellIn());
    }
    const { clip, gone } = follower;
    if (clip) this.pageTitle.set(this.texts.describe("page.clip.title", clip));
    else if (gone) this.pageTitle.set(strings.text("page.clip.gone"));
  }

  protected override updated(): void {
    this.steps.settle();
  }

  private get texts(): ClipTexts {
    return new ClipTexts(this.strings, this.locale, this.doorbells);
  }

  private readonly ended = (): void => {
    const busy = this.dialogs.open || this.renderRoot.querySelector(BUSY) !== null;
    this.steps.goOn(busy || document.hidden);
  };

  private share(agencyId: string | null, request: Asked | null = null): void {
    this.player?.pause();
    this.dialogs.share(agencyId, request);
  }

  /** Open the dialog for a new share, unless another clip was opened meanwhile. */
  private async shareAgain(share: TimedShare): Promise<void> {
    if ((await this.commands.putAway(share)) && share.clip_id === this.clipId)
      this.share(share.agency_id);
  }

  /** Delete the clip, and go to its neighbor or the list. */
  private delete(clip: api.Clip): void {
    // This element and its parent may be gone when the user presses Undo.
    const place = this.closest("main") ?? this.parentNode ?? this;
    const { hass, strings } = this;
    const { clip_id: clipId } = clip;
    const back = clipAddress(clipId);
    void this.commands.delete(clip, (next) => {
      sayDeleted({ place, hass, strings, clipId, back });
      // Another clip or page was opened meanwhile.
      if (!this.isConnected || this.clipId !== clipId) return;
      if (next) openClip(next);
      else navigate(BASE, { replace: true });
    });
  }

  protected override render(): TemplateResult {
    const { strings, locale, follower, commands, texts, steps } = this;
    const { clip } = follower;
    if (!clip) return renderMissing(strings, follower);
    const doorbell = texts.doorbellOf(clip);
    const name = doorbell?.name ?? "";
    return html`<h1 tabindex="-1">
        ${texts.describe("page.clip.heading", clip)}
        <span class="muted">${texts.nameOf(clip)}</span>
      </h1>
      <p class="sr" role="status">${texts.describe("page.clip.title", clip)}</p>
      ${renderProblem(strings, commands.failure ?? follower.failure)}
      <div class="clip">
        <div class="media" style="--ratio: ${clip.width || 16} / ${clip.height || 9}">
          ${
            this.playing.state === "missing"
              ? renderNoPlayer(strings)
              : html`<doorwatch-clip-player
                  .clip=${clip}
                  .label=${texts.describe("clip.video", clip)}
                  .doorbell=${texts.nameOf(clip)}
                  .from=${positionIn()}
                  .goesOn=${steps.goesOn}
                  @clip-download=${() => void commands.download(clip)}
                  @clip-ended=${this.ended}
                ></doorwatch-clip-player>`
          }
        </div>
        <div class="row">
          ${steps.render(strings, isRightToLeft(this))}
          <div class="actions">
            ${renderActions({
              ...{ strings, clip, doorbell: name, connected: this.hass.connected },
              protect: () => void commands.toggleProtection(clip),
              download: () => void commands.download(clip),
              // Deleting can be undone, so ask only for protected clips.
              delete: () =>
                clip.protected ? this.dialogs.askToDelete() : this.delete(clip),
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
          ...{ strings, clips: follower.near, current: clip.clip_id },
          next: steps.autoNext,
          addressOf: (id) => clipAddress(id),
          nameOf: (one) => (this.doorbells.length > 1 ? texts.nameOf(one) : ""),
          choose: (id) => steps.choose(id),
        })}
        <div class="about">
          ${renderFacts({ strings, locale, clip, doorbell })} ${this.sharesOf(clip)}
        </div>
        ${renderKeys(strings)}
      </div>
      ${this.dialogs.render({
        ...{ clip, doorbell: name, shares: this.shares },
        what: texts.describe("delete.text", clip),
        delete: () => this.delete(clip),
      })}`;
  }

  private sharesOf(clip: api.Clip): TemplateResult {
    const { strings, shares, proposals, commands, hass } = this;
    return renderClipShares({
      ...{ strings, clip, shares, proposals },
      hidden: commands.hidden,
      connected: hass.connected,
      zone: hass.config.time_zone,
      describe: (one) => this.texts.describe("proposal.text", one),
      review: (one) => this.share(one.agency_id, askedIn(one, this.requests)),
      dismiss: (one) => void commands.dismiss(one),
      hide: (share) => commands.hide(share),
      again: (share) => void this.shareAgain(share),
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip-page": ClipPage;
  }
}
