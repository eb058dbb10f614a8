/** Today: the doors now, and all clips by day, with filters and search. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type * as api from "../api/commands.ts";
import { NO_REQUESTS, type HomeFeed, type TimedShare } from "../api/home-feed.ts";
import { HomeElement } from "../ha/home-element.ts";
import { navigate } from "../ha/navigate.ts";
import { AllLive } from "../live/all-live.ts";
import "../live/still.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { toggled, type Chip } from "./chips.ts";
import type { ClipList } from "./clip-list.ts";
import "./day-view.ts";
import { FirstVisit } from "./first-run-visit.ts";
import { Hint } from "./notices-hint.ts";
import { addressOf, TODAY, type TodayPlace } from "./route.ts";
import { Selection } from "./selection.ts";
import "./selection-bar.ts";
import { ClipActions } from "./today-clips.ts";
import { TodayFeeds } from "./today-feeds.ts";
import { isBeside, layoutOf, type Layout } from "./today-layout.ts";
import { renderClips, renderQuestion, type Listed } from "./today-list.ts";
import "./today-narrowing.ts";
import "./today-notices.ts";
import { Opening } from "./today-opening.ts";
import { renderBanners, renderStills, renderTabs } from "./today-parts.ts";
import { todayStyles } from "./today-styles.ts";

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
  @property({ reflect: true }) layout: Layout = "phone";

  /** The clip selected on the timeline or in the list. */
  @state() private clipId: string | undefined;
  @state() private dayKnown = false;
  @query(".scroll") private readonly page!: HTMLElement;
  @query(".all") private readonly all!: HTMLElement;
  @query(".list") private readonly listBox!: HTMLElement | null;
  @query("doorwatch-clip-list") private readonly list!: ClipList | null;
  private readonly changed = (): void => this.requestUpdate();
  private readonly feeds = new TodayFeeds(this.changed, (moments) => {
    void this.feed.markSeen(moments);
  });
  private readonly hint = new Hint(this.changed);
  private readonly opening = new Opening(this.changed);
  private readonly allLive = new AllLive(this);
  private readonly actions = new ClipActions(this.feeds.clips, {
    connection: () => this.hass.connection,
    changed: this.changed,
    deleted: (clip) => {
      say(this, {
        text: this.strings.text("snackbar.deleted"),
        undo: () => void this.actions.restore(clip),
      });
    },
    restored: (clip) => void this.welcome(clip),
  });
  private readonly selection = new Selection(this.feeds.clips, this.changed);
  private readonly resized = new ResizeObserver(([entry]) => {
    // It has no size while another page is shown.
    if (entry && entry.contentRect.width > 0) this.layout = layoutOf(entry.contentRect);
  });
  private readonly first = new FirstVisit(this);
  private newestShown = false;
  private scrolled = 0;
  private sharedClips: ReadonlySet<string> = new Set();

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.feeds.stop();
    this.opening.stop();
  }

  private get doorbell(): api.Doorbell | undefined {
    return this.doorbells.find((one) => one.doorbell_id === this.place.doorbell);
  }

  /** The part of the page that scrolls. */
  private get scroller(): HTMLElement {
    return (isBeside(this.layout) ? this.listBox : undefined) ?? this.page;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { feeds, doorbells, status, place } = this;
    if (changed.has("hidden") && this.hidden && this.hasUpdated)
      this.scrolled = this.scroller.scrollTop;
    if (changed.has("shares"))
      this.sharedClips = new Set(this.shares.map((one) => one.clip_id));
    void this.hint.look(this.hass);
    if (status === "ready") {
      feeds.visit.begin(
        this.feed.seen,
        doorbells.map((one) => one.doorbell_id),
      );
      feeds.follow(this.hass.connection, place);
      this.first.look(this, feeds.clips);
    }
    this.opening.know({
      home: status !== "loading",
      clips: status === "error" || feeds.clips.status !== "loading",
      chips: status === "error" || feeds.chips.status !== "loading",
      day: this.dayKnown || !this.hasDay,
      hint: this.hint.isKnown,
    });
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("hidden") && !this.hidden && changed.get("hidden")) {
      // Not all browsers keep the scroll position of hidden elements.
      this.scroller.scrollTop = this.scrolled;
      void this.goOn();
      // A clip may have been shared on another page.
      this.feeds.chips.look();
    }
    if (this.feeds.takeAnew()) {
      if (this.selection.on) this.selection.end();
      void this.toBeginning();
    }
    this.look();
    if (this.place.live) void this.showLive();
  }

  /** Only once: returning or reloading shows what the user left. */
  private async showLive(): Promise<void> {
    const { doorbell } = this;
    if (this.hidden || this.status !== "ready" || !doorbell) return;
    if (this.first.unsure) return;
    if (!this.lives.some((one) => one.doorbell_id === doorbell.doorbell_id)) return;
    const place = { ...this.place };
    delete place.live;
    this.go(place);
    await this.renderRoot.querySelector("doorwatch-still")?.play();
  }

  private look(): void {
    this.feeds.look(this.place, this.newestShown && !this.hidden);
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
    if (scroller === this.listBox) scroller.scrollTop = 0;
    else if (above < 0) scroller.scrollTop += above;
  }

  /** Focus the selected clip, or the one that replaced it; return whether there are clips. */
  readonly goOn = async (): Promise<boolean> => {
    await this.updateComplete;
    await this.list?.focusOn(undefined);
    return this.list !== null;
  };

  /** Focus the clips for keyboards; return whether there are any. */
  async skip(): Promise<boolean> {
    await this.list?.enter();
    return this.list !== null;
  }

  private select(): void {
    this.selection.begin();
    void this.updateComplete.then(this.goOn);
  }

  private readonly keyed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented || !this.selection.on) return;
    event.preventDefault();
    this.selection.end();
    void this.updateComplete.then(this.goOn);
  };

  private async welcome({ clip_id }: api.Clip): Promise<void> {
    say(this, { text: this.strings.text("snackbar.restored") });
    await this.updateComplete;
    await this.list?.focusOn(clip_id);
  }

  // Rendering

  protected override render(): TemplateResult {
    const { strings, hass, opening } = this;
    return html`<div class="scroll ${opening.isDone ? "" : "waiting"}">
        <h1 class="sr">${strings.text("panel.today")}</h1>
        <div class="top">
          ${renderBanners(strings, hass.connected, this.actions.failure)}
        </div>
        ${opening.hasHome ? this.parts() : nothing}
      </div>
      <p class="loading" role="status">
        ${opening.isDone ? nothing : strings.text("card.loading")}
      </p>
      ${renderQuestion(this.listed)}`;
  }

  private parts(): TemplateResult {
    const { strings } = this;
    const shown = this.doorbell ? [this.doorbell] : this.doorbells;
    const alone = this.first.on;
    // The focus goes through them in this order.
    const parts = isBeside(this.layout) ? ["now", "all", "day"] : ["now", "day", "all"];
    const render: Record<string, () => unknown> = {
      // The first run has its own pictures. Replacing these would end their live view.
      now: () =>
        alone || this.first.unsure
          ? nothing
          : html`${renderStills(shown, this)} ${this.notices()}`,
      day: () => this.dayView(),
      all: () =>
        html`${this.narrowing()}
          <div class="list">${renderClips(this.listed)}</div>`,
    };
    return html`<div class="choosing">
        ${renderTabs(strings, this.doorbells, this.place)}
        ${this.allLive.button(strings, alone ? 0 : shown.length)}
      </div>
      <div class="columns ${alone || this.doorbells.length === 0 ? "plain" : ""}">
        ${repeat(
          parts,
          (part) => part,
          (part) =>
            html`<div class=${part} @keydown=${this.keyed}>${render[part]?.()}</div>`,
        )}
      </div>`;
  }

  private notices(): TemplateResult {
    const { feed, hint, feeds } = this;
    return html`<doorwatch-today-notices
      .feed=${feed}
      .hint=${hint}
      .ended=${feed.endedShares}
      .requests=${this.requests}
      .shares=${this.shares}
      .proposals=${this.proposals}
      .future=${feeds.chips.future}
      .doorbell=${this.place.doorbell}
      .told=${feed.news}
      .hinted=${hint.isShown(this.hass)}
      @notices-read=${this.goOn}
    ></doorwatch-today-notices>`;
  }

  private get listed(): Listed {
    const { strings, locale, place, feed, feeds, actions, selection, first } = this;
    const { doorbells, lives, recordings, layout, isFirstRun, sharedClips, goOn } =
      this;
    return {
      ...{ strings, locale, place, feed, feeds, actions, selection, first },
      ...{ doorbells, lives, recordings, layout, isFirstRun, sharedClips, goOn },
      scroller: this.hasUpdated ? this.scroller : undefined,
      comeTo: (clipId) => (this.clipId = clipId),
      showNewest: (shown) => {
        this.newestShown = shown;
        this.look();
      },
    };
  }

  get isFirstRun(): boolean {
    return this.first.alone;
  }

  private get hasDay(): boolean {
    return this.doorbells.length > 0 && !this.first.alone;
  }

  private dayView(): TemplateResult | typeof nothing {
    if (!this.hasDay) return nothing;
    return html`<doorwatch-day-view
      .place=${this.place}
      .doorbells=${this.doorbells}
      .sharedClips=${this.sharedClips}
      .clipId=${this.clipId}
      .layout=${this.layout}
      @day-known=${() => (this.dayKnown = true)}
      @timeline-clip=${({ detail }: CustomEvent<{ clip_id: string }>) => {
        this.clipId = detail.clip_id;
        // In one column, this would scroll the timeline away from the finger.
        if (isBeside(this.layout)) this.list?.show(detail.clip_id);
      }}
    ></doorwatch-day-view>`;
  }

  private narrowing(): TemplateResult | typeof nothing {
    const { place, feeds, selection } = this;
    if (selection.on)
      return html`<doorwatch-selection-bar
        .selection=${selection}
        .chosen=${selection.ids}
        @selection-over=${this.goOn}
      ></doorwatch-selection-bar>`;
    if (!feeds.mayNarrow(place) || this.first.alone) return nothing;
    return html`<doorwatch-narrowing
      .place=${place}
      .chips=${feeds.chips.chips}
      .isAway=${this.hidden}
      .narrow=${this.layout !== "tablet"}
      @chip-pressed=${({ detail }: CustomEvent<{ chip: Chip }>) => {
        this.go(toggled(place, detail.chip));
      }}
      @select-pressed=${() => this.select()}
      @words-typed=${({ detail }: CustomEvent<{ words: string }>) => {
        this.go({ ...this.place, ...detail });
      }}
    ></doorwatch-narrowing>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-today": Today;
  }
}
