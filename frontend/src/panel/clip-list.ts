/**
 * All matching clips by day, virtualized: only those near the screen are rendered.
 *
 * Events: `clip-delete` for a clip to delete, `clip-choose` for a clip to choose or not,
 * `more-wanted` near the end, `clips-drawn` with the range of rendered clips, and `newest-shown`
 * whether the newest clip is visible.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Clip, Doorbell } from "../api/commands.ts";
import { pictures } from "../clips/pictures.ts";
import { thumbnailStyles } from "../clips/thumbnail.ts";
import { HomeElement } from "../ha/home-element.ts";
import { navigate } from "../ha/navigate.ts";
import { dayName } from "../i18n/format.ts";
import { shared } from "../ui/styles.ts";
import {
  addressOfClip,
  doorbellIn,
  leavePlayer,
  renderItem,
  type Item,
  type ItemActions,
} from "./clip-item.ts";
import { clipListStyles } from "./clip-list-styles.ts";
import { ListPlaying } from "./list-playing.ts";
import { Rows, shapeFor, type DayOfRows, type Drawn } from "./rows.ts";

/** Pixels beyond the screen in which clips are rendered. */
const BEYOND = 600;
/** Pixels before the end of the list at which more is loaded. */
const SOON = 2_000;

/** The root font size in pixels. */
const letters = (): number =>
  parseFloat(getComputedStyle(document.documentElement).fontSize);

@customElement("doorwatch-clip-list")
export class ClipList extends HomeElement {
  static override readonly styles = [shared, thumbnailStyles, clipListStyles];

  @property({ attribute: false }) clips: readonly Clip[] = [];
  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  /** The doorbell that the list is filtered by; its name is not repeated. */
  @property({ attribute: false }) doorbellId: string | undefined;
  @property({ attribute: false }) more = false;
  /** Whether there may be newer clips than the first. */
  @property({ attribute: false }) newer = false;
  /** Until when this person had seen the clips of each doorbell before this visit. */
  @property({ attribute: false }) seen: Readonly<Record<string, string>> = {};
  @property({ attribute: false }) sharedClips: ReadonlySet<string> = new Set();
  /** The chosen clips; undefined unless clips are being chosen. */
  @property({ attribute: false }) chosen: ReadonlySet<string> | undefined;
  /** The scroll container of the list. */
  @property({ attribute: false }) scroller: HTMLElement | undefined;

  @state() private width = 0;
  @state() private rem = 16;
  /** The range of the list, in pixels, that is rendered. */
  @state() private from = 0;
  @state() private to = 1_200;
  /** The clip that is the tab stop. */
  @state() private active: string | undefined;
  private rows = new Rows([], shapeFor(0, 16));
  private anchor: { clip: string; top: number } | undefined;
  // Measuring after a change forces a layout, and another one for the frame, so measure only
  // after the browser's layout and keep the result.
  /** Height of the scroll container, its scroll position, and the list's offset in it. */
  private screen = 0;
  private scrolled = 0;
  private begins = 0;
  private newestShown: boolean | undefined;
  private readonly playing = new ListPlaying({
    fetch: () => import("../player/player.ts"),
    changed: () => this.requestUpdate(),
    open: (clipId) => navigate(addressOfClip(clipId, this.doorbellId)),
  });
  private readonly resized = new ResizeObserver((entries) => {
    const own = entries.findLast(({ target }) => target === this);
    if (own) this.width = own.contentRect.width;
    this.measure();
    this.look();
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.rem = letters();
    this.follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.playing.end();
    this.scroller?.removeEventListener("scroll", this.scrolls);
  }

  /**
   * Watch what is above the list: the list moves when that or the container changes its size.
   */
  private follow(): void {
    const { scroller, parentElement } = this;
    scroller?.addEventListener("scroll", this.scrolls, { passive: true });
    const around = [parentElement, scroller, ...(scroller?.children ?? [])];
    for (const each of [this, ...around]) if (each) this.resized.observe(each);
  }

  private measure(): void {
    const { scroller } = this;
    this.rem = letters();
    this.screen = scroller?.clientHeight ?? 0;
    if (!scroller || this.screen === 0) return;
    this.scrolled = scroller.scrollTop;
    this.begins =
      this.getBoundingClientRect().top -
      scroller.getBoundingClientRect().top +
      this.scrolled;
  }

  /** The screen's position relative to the list. */
  private get top(): number {
    return this.scrolled - this.begins;
  }

  /** Runs before rendering in a frame. */
  private readonly scrolls = (): void => {
    const before = this.scrolled;
    this.scrolled = this.scroller?.scrollTop ?? 0;
    if (this.screen > 0)
      pictures.scrolled(Math.abs(this.scrolled - before) / this.screen);
    this.look();
  };

  private readonly look = (): void => {
    const { screen, top, playing } = this;
    const shown = this.rows.shows(playing.clipId, top, top + screen);
    // The list is not visible while another page is shown.
    if (screen === 0 || !shown || this.chosen) playing.end();
    if (screen === 0) {
      this.tellNewest(false);
      return;
    }
    const bottom = top + screen;
    const step = this.rows.shape.row;
    // Round to rows, so that most scroll events change nothing.
    this.from = Math.floor((top - BEYOND) / step) * step;
    this.to = Math.ceil((bottom + BEYOND) / step) * step;
    if (this.more && bottom + SOON > this.rows.height)
      this.dispatchEvent(new CustomEvent("more-wanted"));
    const newest = this.rows.topOf(0);
    this.tellNewest(this.clips.length > 0 && newest >= top && newest < bottom);
  };

  private tellNewest(shown: boolean): void {
    if (shown === this.newestShown) return;
    this.newestShown = shown;
    this.dispatchEvent(new CustomEvent("newest-shown", { detail: shown }));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    leavePlayer(this.renderRoot, this.playing);
    if (changed.has("scroller")) {
      changed.get("scroller")?.removeEventListener("scroll", this.scrolls);
      this.resized.disconnect();
      this.follow();
    }
    // The observer reports it only after a frame, in which the layout would differ.
    if (this.width === 0) this.width = this.clientWidth;
    const shape = shapeFor(this.width, this.rem);
    const same =
      this.rows.clips === this.clips &&
      shape.columns === this.rows.shape.columns &&
      shape.row === this.rows.shape.row;
    if (same) return;
    this.remember();
    const known = this.clips.some((one) => one.clip_id === this.active);
    if (!known) this.active = this.inPlaceOfActive()?.clip_id;
    this.rows = new Rows(this.clips, shape);
  }

  /** The clip that replaced the active one after it was deleted, or the newest. */
  private inPlaceOfActive(): Clip | undefined {
    const index = this.rows.clips.findIndex((one) => one.clip_id === this.active);
    return this.clips[Math.max(0, index)] ?? this.clips.at(-1);
  }

  /** Keep the scroll position when clips change above it. */
  private remember(): void {
    const { top } = this;
    const index = top > 0 ? this.rows.at(top) : undefined;
    const clip = index === undefined ? undefined : this.rows.clips[index];
    this.anchor =
      clip && index !== undefined
        ? { clip: clip.clip_id, top: this.rows.topOf(index) }
        : undefined;
  }

  protected override updated(): void {
    const { anchor } = this;
    this.anchor = undefined;
    if (anchor) {
      const index = this.clips.findIndex((one) => one.clip_id === anchor.clip);
      const moved = index < 0 ? 0 : this.rows.topOf(index) - anchor.top;
      if (moved !== 0) this.scrollOn(moved);
    }
    this.look();
    const drawn = this.rows.drawn(this.from, this.to);
    const [first, last] = [drawn[0], drawn.at(-1)];
    if (!first || !last) return;
    const detail = [first.day.first + first.from, last.day.first + last.to - 1];
    this.dispatchEvent(new CustomEvent("clips-drawn", { detail }));
  }

  /** Focus a clip that was opened or restored before. */
  async focusOn(clipId: string | undefined): Promise<void> {
    const index = this.clips.findIndex((one) => one.clip_id === clipId);
    if (index >= 0) this.active = clipId;
    await this.updateComplete;
    this.renderRoot
      .querySelector<HTMLElement>(".clip[tabindex='0']")
      ?.focus({ preventScroll: index < 0 });
  }

  /** Focus the clip that is the tab stop, wherever the list is scrolled to. */
  async enter(): Promise<void> {
    const { active } = this;
    if (active) this.show(active);
    await this.focusOn(active);
  }

  /** Scroll to a clip, if it is in the list. */
  show(clipId: string): void {
    const index = this.clips.findIndex((one) => one.clip_id === clipId);
    if (index < 0) return;
    this.active = clipId;
    this.reveal(index);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const index = this.clips.findIndex((one) => one.clip_id === this.active);
    const clip = this.clips[index];
    if (!clip) return;
    if (event.key === "Escape" && this.playing.end()) event.preventDefault();
    if (event.key === "Delete" && !this.chosen && this.mayDelete(clip)) {
      event.preventDefault();
      this.delete(clip);
      return;
    }
    const rtl = getComputedStyle(this).direction === "rtl";
    const next = this.rows.byKey(event.key, index, rtl);
    if (next === undefined) return;
    event.preventDefault();
    this.reveal(next);
    void this.focusOn(this.clips[next]?.clip_id);
  };

  private readonly actions: ItemActions = {
    comeTo: ({ clip_id }) => {
      this.active = clip_id;
      this.dispatchEvent(new CustomEvent("clip-come-to", { detail: clip_id }));
    },
    delete: (clip) => this.delete(clip),
    choose: (clip) => {
      this.dispatchEvent(new CustomEvent("clip-choose", { detail: clip }));
    },
    playing: this.playing,
  };

  /** Scroll until a row is fully visible below the heading of its day. */
  private reveal(index: number): void {
    const { top } = this;
    const { row, head } = this.rows.shape;
    const at = this.rows.topOf(index);
    const above = at - head - top;
    const below = at + row - (top + this.screen);
    if (above < 0) this.scrollOn(above);
    else if (below > 0) this.scrollOn(below);
  }

  private scrollOn(by: number): void {
    const { scroller } = this;
    if (!scroller) return;
    scroller.scrollTop += by;
    this.scrolled = scroller.scrollTop;
  }

  private mayDelete(clip: Clip): boolean {
    return clip.may_control && this.hass.connected;
  }

  private delete(clip: Clip): void {
    this.dispatchEvent(new CustomEvent("clip-delete", { detail: clip }));
  }

  protected override render(): TemplateResult {
    const drawn = this.rows.drawn(this.from, this.to);
    return html`<div
      class="space ${this.rows.shape.beside ? "narrow" : ""}"
      style="height: ${this.rows.height}px"
      @keydown=${this.key}
    >
      ${repeat(
        this.withActive(drawn),
        ({ day }) => day.key,
        (part) => this.day(part),
      )}
    </div>`;
  }

  /** Always render the focused clip, wherever the list is scrolled to. */
  private withActive(drawn: Drawn[]): Drawn[] {
    const index = this.clips.findIndex((one) => one.clip_id === this.active);
    const day = this.rows.dayAt(index);
    if (!day) return drawn;
    const at = index - day.first;
    const part = drawn.find((one) => one.day === day);
    if (!part) return [...drawn, { day, from: at, to: at + 1 }];
    return drawn;
  }

  private day({ day, from, to }: Drawn): TemplateResult {
    const { head } = this.rows.shape;
    const [first] = day.clips;
    const name = first ? dayName(first.started_at, first.timezone, this.locale) : "";
    const parts = day.clips
      .map((clip, index) => ({ clip, index }))
      .filter(
        ({ clip, index }) =>
          (index >= from && index < to) || clip.clip_id === this.active,
      );
    return html`<section
      style="inset-block-start: ${day.top}px; height: ${day.height}px"
      aria-labelledby="day-${day.key}"
    >
      <h2 id="day-${day.key}" style="height: ${head}px">
        ${name}
        ${
          this.isWhole(day)
            ? html`<span class="muted"
                >${this.strings.text("list.count", { count: day.clips.length })}</span
              >`
            : nothing
        }
      </h2>
      <ul role="list">
        ${repeat(
          parts,
          ({ clip }) => clip.clip_id,
          ({ clip, index }) =>
            this.item(clip, index, this.isWhole(day) ? day.clips.length : -1),
        )}
      </ul>
    </section>`;
  }

  /** Whether all clips of a day are loaded: the first and last day may continue. */
  private isWhole(day: DayOfRows): boolean {
    const { days } = this.rows;
    return !(this.more && day === days.at(-1)) && !(this.newer && day === days[0]);
  }

  /** Reuse rendered items, because scrolling changes few of them. */
  private item(clip: Clip, index: number, count: number): unknown {
    const { strings, locale, doorbellId, hass } = this;
    const item: Item = {
      clip,
      index,
      count,
      active: clip.clip_id === this.active,
      fresh: this.isNew(clip),
      wasShared: this.sharedClips.has(clip.clip_id),
      doorbell: doorbellId ? "" : doorbellIn(this.doorbells, clip, strings),
      doorbellId,
      connected: hass.connected,
      chosen: this.chosen?.has(clip.clip_id),
      playing: this.playing.of(clip.clip_id),
      strings,
      locale,
      ...this.rows.shape,
    };
    return guard(Object.values(item), () => renderItem(item, this.actions));
  }

  private isNew(clip: Clip): boolean {
    const seen = this.seen[clip.doorbell_id];
    return seen !== undefined && Date.parse(clip.started_at) > Date.parse(seen);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip-list": ClipList;
  }
}
