/** Today: the doors now, and all clips by day, with filters and search. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { NO_REQUESTS, type HomeFeed, type TimedShare } from "../api/home-feed.ts";
import { ClipFeed } from "../clips/clip-feed.ts";
import { inWords } from "../clips/clip-words.ts";
import "../clips/delete-dialog.ts";
import { HomeElement } from "../ha/home-element.ts";
import { navigate } from "../ha/navigate.ts";
import { AllLive } from "../live/all-live.ts";
import "../live/still.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { ChipFeed } from "./chip-feed.ts";
import { filterOf, toggled, type Chip } from "./chips.ts";
import "./clip-list.ts";
import "./day-view.ts";
import { FirstVisit } from "./first-run-visit.ts";
import type { ClipList } from "./clip-list.ts";
import { addressOf, isNarrowed, TODAY, type TodayPlace } from "./route.ts";
import {
  renderBanners,
  renderFailure,
  renderNarrowing,
  renderNews,
  renderNothing,
  renderTabs,
} from "./today-parts.ts";
import { todayStyles } from "./today-styles.ts";
import { Visit } from "./visit.ts";

const PAGE = 60;
/** The width from which the list is beside the timeline (today-styles.ts). */
const BESIDE = 1_100;
/** Milliseconds after the last key in the search field. */
const TYPED = 300;

@customElement("doorwatch-today")
export class Today extends HomeElement {
  static override readonly styles = [shared, todayStyles];

  @property({ attribute: false }) place: TodayPlace = TODAY;
  @property({ attribute: false }) feed!: HomeFeed;
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) recordings: readonly api.Recording[] = [];
  @property({ attribute: false }) lives: readonly api.Live[] = [];
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  @property({ attribute: false }) proposals: readonly api.Proposal[] = [];
  @property({ attribute: false }) requests = NO_REQUESTS;
  @property({ attribute: false }) status = "";
  @property({ type: Boolean, reflect: true }) override hidden = false;

  /** The current content of the search field. */
  @state() private words = "";
  /** The clip selected on the timeline or in the list. */
  @state() private clipId: string | undefined;
  @state() private deleting: api.Clip | undefined;
  @state() private failure: api.Failure | undefined;
  @query(".scroll") private readonly scroller!: HTMLElement;
  @query(".all") private readonly all!: HTMLElement;
  @query("doorwatch-clip-list") private readonly list!: ClipList | null;
  private readonly clips = new ClipFeed(() => this.requestUpdate());
  readonly chips = new ChipFeed(() => this.requestUpdate());
  /** The doorbell of the loaded chips, null for all. */
  private chipsOf: string | null | undefined;
  private readonly visit = new Visit((moments) => void this.feed.markSeen(moments));
  private readonly allLive = new AllLive(this);
  private readonly first = new FirstVisit(this);
  private newestShown = false;
  /** Other clips were requested and are not loaded yet. */
  private anew = false;
  /** The current query as a string; undefined if there is none. */
  private followed: string | undefined;
  private typing: ReturnType<typeof setTimeout> | undefined;
  private scrolled = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.clips.stop();
    this.chips.stop();
    this.visit.stop();
    this.stopTyping();
    this.followed = undefined;
    this.chipsOf = undefined;
  }

  private get doorbell(): api.Doorbell | undefined {
    return this.doorbells.find((one) => one.doorbell_id === this.place.doorbell);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("hidden") && this.hidden && this.hasUpdated) {
      this.scrolled = this.scroller.scrollTop;
      // A pending search would navigate back here from another page.
      this.stopTyping();
    }
    if (changed.has("place") && this.typing === undefined)
      if (this.place.words !== this.words.trim()) this.words = this.place.words;
    if (this.status !== "ready") return;
    this.visit.begin(
      this.feed.seen,
      this.doorbells.map((one) => one.doorbell_id),
    );
    const before = changed.get("hass");
    const moved = before && before.connection !== this.hass.connection;
    const wanted = JSON.stringify({ ...this.place, live: undefined });
    if (moved || wanted !== this.followed) {
      if (moved) this.chipsOf = undefined;
      this.anew = this.followed !== undefined;
      this.followed = wanted;
      this.start();
    }
    this.first.look(this, this.clips);
  }

  private start(): void {
    const { place, visit, hass } = this;
    const { day, doorbell } = place;
    const filter = { ...filterOf(place, visit.seen), limit: PAGE };
    this.clips.start(
      hass.connection,
      filter,
      day
        ? async (connection) => (await api.day(connection, day, doorbell)).ends
        : undefined,
    );
    if (this.chipsOf === (doorbell ?? null)) return;
    this.chipsOf = doorbell ?? null;
    this.chips.start(hass.connection, doorbell, visit.seen);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("hidden") && !this.hidden && changed.get("hidden")) {
      // Not all browsers keep the scroll position of hidden elements.
      this.scroller.scrollTop = this.scrolled;
      void this.goOn();
      // A clip may have been shared on another page.
      this.chips.look();
    }
    if (this.anew && this.clips.status !== "loading") {
      this.anew = false;
      void this.toBeginning();
    }
    this.look();
    if (this.place.live) void this.showLive();
  }

  /** Only once: returning or reloading shows what the user left. */
  private async showLive(): Promise<void> {
    const { doorbell } = this;
    if (this.hidden || this.status !== "ready" || !doorbell) return;
    if (!this.lives.some((one) => one.doorbell_id === doorbell.doorbell_id)) return;
    const place = { ...this.place };
    delete place.live;
    this.go(place);
    await this.renderRoot.querySelector("doorwatch-still")?.play();
  }

  /** Only a list without gaps tells what this person has seen. */
  private look(): void {
    const { kinds, labels, marks, words } = this.place;
    const whole =
      kinds.length + labels.length === 0 &&
      words === "" &&
      marks.every((one) => one === "new");
    const { clips, newer, status } = this.clips;
    const there = this.newestShown && !this.hidden && status === "ready";
    this.visit.look(there && whole && !newer, clips);
  }

  private go(place: TodayPlace): void {
    navigate(addressOf(place), { replace: true });
  }

  /** Scroll to the beginning of the new list. */
  private async toBeginning(): Promise<void> {
    await this.list?.updateComplete;
    const { scroller } = this;
    const { top } = this.all.getBoundingClientRect();
    const above = top - scroller.getBoundingClientRect().top;
    if (above < 0) scroller.scrollTop += above;
  }

  /** Focus the selected clip, or the one that replaced it. */
  readonly goOn = async (): Promise<void> => {
    await this.updateComplete;
    await this.list?.focusOn(undefined);
  };

  // Actions on a clip

  private askToDelete(clip: api.Clip): void {
    if (clip.protected) this.deleting = clip;
    else void this.delete(clip);
  }

  private async delete(clip: api.Clip): Promise<void> {
    await this.attempt(async ({ connection }) => {
      await api.deleteClip(connection, clip.clip_id);
      this.clips.remove(clip.clip_id);
      say(this, {
        text: this.strings.text("snackbar.deleted"),
        undo: () => void this.restore(clip),
      });
    });
  }

  private async restore(clip: api.Clip): Promise<void> {
    await this.attempt(async ({ connection }) => {
      this.clips.put(await api.restoreClip(connection, clip.clip_id));
      say(this, { text: this.strings.text("snackbar.restored") });
      await this.updateComplete;
      await this.list?.focusOn(clip.clip_id);
    });
  }

  private async attempt(
    act: (hass: typeof this.hass) => Promise<unknown>,
  ): Promise<void> {
    try {
      await act(this.hass);
      this.failure = undefined;
    } catch (error) {
      this.failure = api.failureOf(error);
    }
  }

  // Rendering

  protected override render(): TemplateResult {
    const { strings, hass } = this;
    const shown = this.doorbell ? [this.doorbell] : this.doorbells;
    // The first run has its own.
    const stills = this.first.on ? nothing : this.stills(shown);
    return html`<div class="scroll">
        <h1 class="sr">${strings.text("panel.today")}</h1>
        <div class="top">
          ${renderBanners(strings, hass.connected, this.failure)}
          <div class="choosing">
            ${renderTabs(strings, this.doorbells, this.place)}
            ${this.allLive.button(strings, this.first.on ? 0 : shown.length)}
          </div>
          ${shown.length > 1 ? stills : nothing}
        </div>
        <div class="columns">
          <div class="now">
            ${shown.length > 1 ? nothing : stills}
            ${this.first.on ? nothing : renderNews(strings, this)} ${this.dayView()}
          </div>
          <div class="all">${this.narrowing()} ${this.content()}</div>
        </div>
      </div>
      ${this.question()}`;
  }

  private stills(shown: readonly api.Doorbell[]): TemplateResult | typeof nothing {
    if (shown.length === 0) return nothing;
    return html`<div class="stills ${shown.length > 1 ? "several" : ""}">
      ${shown.map(
        (one) =>
          html`<doorwatch-still
            .doorbell=${one}
            .recording=${this.recordings.find(
              (recording) => recording.doorbell_id === one.doorbell_id,
            )}
            .live=${this.lives.find((live) => live.doorbell_id === one.doorbell_id)}
          ></doorwatch-still>`,
      )}
    </div>`;
  }

  private dayView(): TemplateResult | typeof nothing {
    if (this.doorbells.length === 0 || this.first.alone) return nothing;
    return html`<doorwatch-day-view
      .place=${this.place}
      .doorbells=${this.doorbells}
      .sharedClips=${this.sharedClips}
      .clipId=${this.clipId}
      @timeline-clip=${({ detail }: CustomEvent<{ clip_id: string }>) => {
        this.clipId = detail.clip_id;
        // In one column, this would scroll the timeline away from the finger.
        if (this.scroller.clientWidth >= BESIDE) this.list?.show(detail.clip_id);
      }}
    ></doorwatch-day-view>`;
  }

  private narrowing(): TemplateResult | typeof nothing {
    const { strings, place, words } = this;
    const { chips } = this.chips;
    const none = this.clips.clips.length + chips.length === 0 && !isNarrowed(place);
    if (none || this.first.alone) return nothing;
    const choose = (chip: Chip): void => this.go(toggled(place, chip));
    return renderNarrowing({ strings, place, chips, words, typed: this.typed, choose });
  }

  private readonly typed = (event: Event): void => {
    this.words = (event.target as HTMLInputElement).value;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = undefined;
      this.go({ ...this.place, words: this.words.trim() });
    }, TYPED);
  };

  private stopTyping(): void {
    clearTimeout(this.typing);
    this.typing = undefined;
    this.words = this.place.words;
  }

  private content(): TemplateResult {
    const { strings, clips, feed, first } = this;
    const failing = [feed, clips].find((one) => one.status === "error");
    if (failing?.failure && clips.clips.length === 0)
      return renderFailure(strings, failing);
    const loading = clips.status === "loading" || feed.status === "loading";
    if (first.on || (clips.clips.length === 0 && !clips.newer))
      return loading && !first.on
        ? html`<p class="state" role="status">${strings.text("card.loading")}</p>`
        : renderNothing(strings, this, first, this.goOn);
    return html`<p class="sr" role="status">
        ${isNarrowed(this.place) && !loading ? strings.text(clips.more ? "list.found_more" : "list.found", { count: clips.clips.length }) : nothing}
      </p>
      ${
        clips.newer
          ? html`<button class="newer" @click=${() => this.load("newer")}>
              ${strings.text("today.newer")}
            </button>`
          : nothing
      }
      <doorwatch-clip-list
        .clips=${clips.clips}
        .doorbells=${this.doorbells}
        .doorbellId=${this.place.doorbell}
        .more=${clips.more}
        .newer=${clips.newer}
        .seen=${this.visit.seen}
        .sharedClips=${this.sharedClips}
        .scroller=${this.scroller}
        @more-wanted=${() => this.load("older")}
        @clips-drawn=${({ detail }: CustomEvent<[number, number]>) => {
          this.clips.look(...detail);
        }}
        @newest-shown=${({ detail }: CustomEvent<boolean>) => {
          this.newestShown = detail;
          this.look();
        }}
        @clip-come-to=${({ detail }: CustomEvent<string>) => (this.clipId = detail)}
        @clip-delete=${({ detail }: CustomEvent<api.Clip>) => this.askToDelete(detail)}
      ></doorwatch-clip-list>
      ${
        clips.more
          ? html`<button class="older" @click=${() => this.load("older")}>
              ${strings.text("card.older")}
            </button>`
          : nothing
      }`;
  }

  private load(way: "older" | "newer"): void {
    void this.attempt(() =>
      way === "older" ? this.clips.loadOlder() : this.clips.loadNewer(),
    );
  }

  private get sharedClips(): ReadonlySet<string> {
    if (this.sharedFrom !== this.shares) {
      this.sharedFrom = this.shares;
      this.sharedIds = new Set(this.shares.map((one) => one.clip_id));
    }
    return this.sharedIds;
  }
  private sharedFrom: readonly TimedShare[] | undefined;
  private sharedIds: ReadonlySet<string> = new Set();

  private question(): TemplateResult | typeof nothing {
    const { deleting } = this;
    if (!deleting) return nothing;
    const name =
      this.doorbells.find((one) => one.doorbell_id === deleting.doorbell_id)?.name ??
      this.strings.text("clip.no_doorbell");
    return html`<doorwatch-delete-dialog
      .clip=${deleting}
      .what=${inWords(this.strings, this.locale, "delete.text", deleting, name)}
      @delete=${() => void this.delete(deleting)}
      @dialog-closed=${() => (this.deleting = undefined)}
    ></doorwatch-delete-dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-today": Today;
  }
}
