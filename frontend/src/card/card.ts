/** The card: the latest clips, what is being shared, what was proposed. */

import {
  html,
  LitElement,
  nothing,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import { renderBanners } from "./banners.ts";
import { renderDialog, type Asking } from "./card-dialogs.ts";
import { cardStyles } from "./card-styles.ts";
import { focusOnRestored } from "../clips/clip-tile.ts";
import { inWords } from "../clips/clip-words.ts";
import { configForm, type CardConfig } from "../editors/card-form.ts";
import "../clips/delete-dialog.ts";
import { renderEmpty } from "./empty-state.ts";
import { ClipFeed } from "../clips/clip-feed.ts";
import { HomeFeed, type TimedShare } from "../api/home-feed.ts";
import { byDay } from "../i18n/format.ts";
import { languageOfPage, sameForCard, type HomeAssistant } from "../ha/hass.ts";
import { HomeProvider } from "../ha/home-element.ts";
import { Strings } from "../i18n/strings.ts";
import { renderProposals } from "../share/proposals.ts";
import "../share/share-dialog.ts";
import { isShown, renderShares } from "../share/share-list.ts";
import "../ui/snackbar.ts";
import type { Word } from "../ui/snackbar.ts";
import { shared } from "../ui/styles.ts";
import { renderToolbar } from "./toolbar.ts";

@customElement("doorwatch-card-content")
export class DoorwatchCard extends LitElement {
  static override readonly styles = [shared, cardStyles];

  @property({ attribute: false }) hass?: HomeAssistant;
  @state() private config: CardConfig | undefined;
  @state() private playing: string | undefined;
  @state() private deleting: api.Clip | undefined;
  @state() private sharing: { clip: api.Clip; agencyId: string | null } | undefined;
  @state() private failure: api.Failure | undefined;
  @state() private loadingOlder = false;
  @state() private hidden_ = new Set<string>();
  @state() private filter: api.EventFilter | undefined;
  @state() private asking: Asking | undefined;
  @state() private word: Word | undefined;

  private readonly feed = new HomeFeed(() => this.homeChanged());
  private readonly clipFeed = new ClipFeed(() => this.requestUpdate());
  /** The doorbell whose clips are followed, null for all. */
  private followed: string | null | undefined;
  private readonly home = new HomeProvider(this);

  static getConfigForm(): ReturnType<typeof configForm> {
    return configForm(new Strings(languageOfPage()));
  }

  setConfig(config: CardConfig): void {
    const before = this.config;
    this.config = config;
    const other = before?.entity !== config.entity || before?.limit !== config.limit;
    if (this.hasUpdated && other) this.restart();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.restart();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed.stop();
    this.clipFeed.stop();
    this.sharing = undefined;
    this.asking = undefined;
  }

  protected override firstUpdated(): void {
    this.restart();
  }

  private restart(): void {
    if (!this.isConnected || !this.hass || !this.config) return;
    this.followed = undefined;
    this.clipFeed.stop();
    this.feed.start(this.hass.connection);
  }

  private get doorbellId(): string | undefined {
    const { entity } = this.config ?? {};
    return entity ? this.shownDoorbells()[0]?.doorbell_id : undefined;
  }

  private homeChanged(): void {
    this.requestUpdate();
    const { hass, config, doorbellId } = this;
    if (this.feed.status !== "ready" || !hass || !config || this.cameraUnknown) return;
    const followed = doorbellId ?? null;
    if (followed === this.followed) return;
    this.followed = followed;
    this.clipFeed.start(hass.connection, {
      ...(doorbellId ? { doorbell_id: doorbellId } : {}),
      ...(this.filter ? { kinds: [this.filter] } : {}),
      ...(config.limit ? { limit: config.limit } : {}),
    });
  }

  private get cameraUnknown(): boolean {
    const named = Boolean(this.config?.entity);
    return named && this.feed.status === "ready" && this.doorbellId === undefined;
  }

  /** `hass` is new at every change of any entity in the home; few of them concern the card. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    if (changed.size !== 1 || !changed.has("hass")) return true;
    const cameras = this.feed.doorbells.flatMap((one) => one.camera_entity_id ?? []);
    return !sameForCard(changed.get("hass"), this.hass, cameras);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("hass") || !this.hass) return;
    this.home.set(this.hass);
    const before = changed.get("hass");
    if (before && before.connection !== this.hass.connection) this.restart();
  }

  private get strings(): Strings {
    return this.home.strings;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const title = this.config.title ?? "";
    return html`<ha-card>
      ${title ? html`<h2 class="card-title">${title}</h2>` : nothing}
      <div class="content">
        ${renderBanners(this.strings, this.hass, this.shownDoorbells(), this.failure)}
        ${this.shareList()} ${this.proposalList()} ${this.toolbar()} ${this.clips()}
      </div>
      <doorwatch-snackbar
        .word=${this.word}
        @snackbar-closed=${() => (this.word = undefined)}
      ></doorwatch-snackbar>
      ${this.deleteQuestion()} ${this.shareDialog()} ${this.dialogs()}
    </ha-card>`;
  }

  private shownDoorbells(): api.Doorbell[] {
    const { entity } = this.config ?? {};
    return this.feed.doorbells.filter(
      (one) => !entity || one.camera_entity_id === entity,
    );
  }

  private shareList(): TemplateResult | typeof nothing {
    return renderShares({
      strings: this.strings,
      zone: this.hass?.config.time_zone ?? "",
      shares: this.feed.shares.filter((share) => isShown(share, this.hidden_)),
      describe: (clip) => this.describe("shares.clip", clip),
      hide: (share) => {
        this.hidden_ = new Set(this.hidden_).add(share.share_id);
      },
      again: (share) => void this.reviewAgain(share),
    });
  }

  private proposalList(): TemplateResult | typeof nothing {
    return renderProposals({
      strings: this.strings,
      proposals: this.feed.proposals,
      clips: this.clipFeed.clips,
      connected: this.hass?.connected ?? false,
      describe: (clip) => this.describe("proposal.text", clip),
      review: (proposal, clip) => this.openShare(clip, proposal.agency_id),
      dismiss: (proposal) => void this.dismiss(proposal),
    });
  }

  private toolbar(): TemplateResult | typeof nothing {
    const doorbells = this.shownDoorbells();
    if (doorbells.length === 0) return nothing;
    return renderToolbar({
      strings: this.strings,
      connected: this.hass?.connected ?? false,
      filter: this.filter,
      mayControl: doorbells.some((one) => one.may_control),
      isAdmin: this.hass?.user?.is_admin ?? false,
      choose: (filter) => this.show(filter),
      hasShares: this.feed.shares.length > 0,
      ask: (what) => (this.asking = what),
    });
  }

  private show(filter: api.EventFilter | undefined): void {
    this.filter = filter;
    this.playing = undefined;
    this.restart();
  }

  private clips(): TemplateResult {
    const { strings, clipFeed: feed } = this;
    if (this.cameraUnknown || feed.status === "loading" || feed.clips.length === 0) {
      const failing = this.feed.status === "error" ? this.feed : feed;
      return renderEmpty({
        strings,
        feed: this.cameraUnknown
          ? {
              status: "error",
              failure: { code: "camera_unknown", message: "" },
              retry: () => this.feed.retry(),
            }
          : failing,
        hasDoorbell: this.shownDoorbells().length > 0,
        filtered: this.filter !== undefined,
        showAll: () => this.show(undefined),
      });
    }
    return html`<p class="sr" role="status">
        ${strings.text("card.count", { count: feed.clips.length })}
      </p>
      ${byDay(this.clipFeed.clips, this.home.locale).map(
        ([day, clips]) =>
          html`<section class="day">
            <h3>${day}</h3>
            <ul class="clips ${this.config?.layout === "list" ? "list" : ""}">
              ${repeat(
                clips,
                (clip) => clip.clip_id,
                (clip) => this.tile(clip),
              )}
            </ul>
          </section>`,
      )}
      ${
        feed.more
          ? html`<button
              class="older"
              ?disabled=${this.loadingOlder || !this.hass?.connected}
              @click=${() => void this.loadOlder()}
            >
              ${strings.text("card.older")}
            </button>`
          : nothing
      }`;
  }

  private tile(clip: api.Clip): TemplateResult {
    const playing = this.playing === clip.clip_id;
    return html`<li class=${playing ? "playing" : ""}>
      <doorwatch-clip
        .clip=${clip}
        .doorbell=${this.doorbellName(clip)}
        .nameShown=${this.shownDoorbells().length > 1}
        .playing=${playing}
        ?list=${this.config?.layout === "list"}
        @clip-play=${() => (this.playing = clip.clip_id)}
        @clip-stop=${() => (this.playing = undefined)}
        @clip-protect=${() => void this.protect(clip)}
        @clip-delete=${() => (this.deleting = clip)}
        @clip-share=${() => this.openShare(clip, null)}
        @clip-failed=${(event: CustomEvent<api.Failure>) => {
          this.failure = event.detail;
        }}
      ></doorwatch-clip>
    </li>`;
  }

  private doorbellName(clip: api.ClipInWords): string {
    return (
      this.feed.doorbells.find((one) => one.doorbell_id === clip.doorbell_id)?.name ??
      this.strings.text("clip.no_doorbell")
    );
  }

  private describe(key: string, clip: api.ClipInWords): string {
    return inWords(this.strings, this.home.locale, key, clip, this.doorbellName(clip));
  }

  private deleteQuestion(): TemplateResult | typeof nothing {
    const { deleting } = this;
    if (!deleting) return nothing;
    return html`<doorwatch-delete-dialog
      .clip=${deleting}
      .what=${this.describe("delete.text", deleting)}
      @delete=${() => void this.delete(deleting)}
      @dialog-closed=${() => (this.deleting = undefined)}
    ></doorwatch-delete-dialog>`;
  }

  private shareDialog(): TemplateResult | typeof nothing {
    const { sharing } = this;
    if (!sharing) return nothing;
    return html`<doorwatch-share-dialog
      .clip=${sharing.clip}
      .doorbell=${this.doorbellName(sharing.clip)}
      .agencyId=${sharing.agencyId}
      .shares=${this.feed.shares}
      @dialog-closed=${() => (this.sharing = undefined)}
    ></doorwatch-share-dialog>`;
  }

  private dialogs(): TemplateResult | typeof nothing {
    const { asking } = this;
    if (!asking) return nothing;
    return renderDialog({
      asking,
      doorbells: this.shownDoorbells(),
      doorbellId: this.doorbellId,
      shares: this.feed.shares,
      describe: (clip) => this.describe("shares.clip", clip),
      closed: () => (this.asking = undefined),
      restored: (clip) => {
        this.clipFeed.put(clip);
        // What it offers to undo may be undone now.
        this.word = undefined;
      },
      done: (key, doorbell) => {
        this.word = { text: this.strings.text(key, { name: doorbell.name }) };
      },
    });
  }

  private openShare(clip: api.Clip, agencyId: string | null): void {
    this.playing = undefined;
    this.sharing = { clip, agencyId };
  }

  /** A share that was stopped is put away before the person looks at the new one. */
  private async reviewAgain(share: TimedShare): Promise<void> {
    const clip = this.clipFeed.clips.find((one) => one.clip_id === share.clip_id);
    if (!clip) {
      this.failure = { code: "clip_unknown", message: "" };
      return;
    }
    await this.attempt((connection) => api.cancelShare(connection, share.share_id));
    this.hidden_ = new Set(this.hidden_).add(share.share_id);
    this.openShare(clip, share.agency_id);
  }

  private async protect(clip: api.Clip): Promise<void> {
    const on = !clip.protected;
    if (await this.attempt((connection) => api.protect(connection, clip.clip_id, on))) {
      this.clipFeed.update(clip.clip_id, { protected: on });
    }
  }

  private async delete(clip: api.Clip): Promise<void> {
    if (await this.attempt((connection) => api.deleteClip(connection, clip.clip_id))) {
      this.clipFeed.remove(clip.clip_id);
      this.word = {
        text: this.strings.text("snackbar.deleted"),
        undo: () => void this.restore(clip),
      };
    }
  }

  private async restore(clip: api.Clip): Promise<void> {
    const restored = await this.attempt(async (connection) =>
      this.clipFeed.put(await api.restoreClip(connection, clip.clip_id)),
    );
    if (!restored) return;
    this.word = { text: this.strings.text("snackbar.restored") };
    await focusOnRestored(this, clip);
  }

  private async dismiss(proposal: api.Proposal): Promise<void> {
    await this.attempt((connection) =>
      api.dismissProposal(connection, proposal.proposal_id),
    );
  }

  private async loadOlder(): Promise<void> {
    this.loadingOlder = true;
    await this.attempt(() => this.clipFeed.loadOlder());
    this.loadingOlder = false;
  }

  /** Do something, say so when it failed; whether it worked. */
  private async attempt(
    act: (connection: HomeAssistant["connection"]) => Promise<unknown>,
  ): Promise<boolean> {
    if (!this.hass) return false;
    try {
      await act(this.hass.connection);
      this.failure = undefined;
      return true;
    } catch (error) {
      this.failure = api.failureOf(error);
      return false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-card-content": DoorwatchCard;
  }
}
