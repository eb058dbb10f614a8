/**
 * A day at a glance: its clips along the hours, a lane for each doorbell.
 *
 * For keyboards and screen readers it is a slider whose values are the clips; the list next to it
 * has the same content. Events: `timeline-clip` {clip_id} when a clip is selected,
 * `timeline-open` {clip_id, at} to open one, at a second of it if it was dragged to, and
 * `timeline-moment` {at} for a time without a clip.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Day, Doorbell, Mark } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { dayInWords } from "../i18n/format.ts";
import { shared } from "../ui/styles.ts";
import { DayLook } from "./day-look.ts";
import { noonOf } from "./days.ts";
import { Gesture, type Held, type Place, type Touched } from "./timeline-gesture.ts";
import { placeCard } from "./timeline-card.ts";
import type { View } from "./timeline-scale.ts";
import { Scrub } from "./timeline-scrub.ts";
import { timelineStyles } from "./timeline-styles.ts";
import {
  HOURS,
  inWords,
  renderCard,
  renderChosen,
  renderFoot,
  renderHand,
  renderHours,
  renderMarks,
  renderNames,
  renderNow,
  scrubbedCard,
  ticksOf,
  timesIn,
  type OnCard,
  type Times,
} from "./timeline-view.ts";

const NOTHING_SHARED: ReadonlySet<string> = new Set();

/** What is under the pointer: a clip, or only a time. */
interface Peek {
  readonly mark?: Mark;
  readonly others: number;
  readonly x: number;
}

@customElement("doorwatch-timeline")
export class Timeline extends HomeElement implements Held {
  static override readonly styles = [shared, timelineStyles];

  @property({ attribute: false }) day!: Day;
  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  /** The clip selected here or elsewhere on the page. */
  @property({ attribute: false }) clipId: string | undefined;
  /** IDs of shared clips. */
  @property({ attribute: false }) shared = NOTHING_SHARED;
  /** The current time in milliseconds; without it, no day is today. */
  @property({ attribute: false }) now: number | undefined;
  /** The thumbnail URL of a clip. */
  @property({ attribute: false }) thumbnailOf = (clipId: string): string =>
    `/api/doorwatch/thumbnail/${clipId}`;

  @state() private peek: Peek | undefined;
  /** Whether the clip was selected by key, so that the focus must be visible. */
  @state() private byKey = false;
  /** The card of the selected clip is shown, because it was selected by key or finger. */
  @state() private carded = false;
  @query(".strip") private readonly strip!: HTMLElement;
  @query("input") private readonly slider!: HTMLInputElement | null;
  @query(".card") private readonly cardShown!: HTMLElement | null;
  private seen!: DayLook;
  private times!: Times;
  private rtl = false;
  touching = false;
  private readonly gesture = new Gesture(this);
  private readonly scrubbing = Scrub.of(
    () => this.hass.connection,
    () => this.requestUpdate(),
  );
  private readonly resized = new ResizeObserver(() => this.measure());

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.resized.observe(this);
    window.addEventListener("scroll", this.place, { capture: true, passive: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.gesture.stop();
    this.scrubbing.cancel();
    window.removeEventListener("scroll", this.place, { capture: true });
  }

  private measure(): void {
    this.rtl = getComputedStyle(this).direction === "rtl";
    const { fontSize } = getComputedStyle(document.documentElement);
    if (this.seen.fit(this.strip.clientWidth, parseFloat(fontSize)))
      this.requestUpdate();
  }

  protected override firstUpdated(): void {
    this.measure();
    this.resized.observe(this);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const zone = this.locale.zone ?? "UTC";
    if (changed.has("locale")) this.times = timesIn(zone, this.locale);
    const moved = ["day", "doorbells", "shared"].some((one) => changed.has(one));
    if (moved || this.seen.zone !== zone) {
      const before = (changed.get("day") as Day | undefined) ?? this.day;
      this.seen = new DayLook(this.day, this.doorbells, zone, this.shared, this.seen);
      if (before.day !== this.day.day) this.forget();
    }
    if (changed.has("clipId") && this.chosen && !this.gesture.busy && !this.peek)
      this.seen.reveal(this.chosen);
  }

  private get chosen(): Mark | undefined {
    return this.seen.find(this.clipId);
  }

  /** The start for keys: the selected clip, or the newest. */
  private get current(): Mark | undefined {
    return this.chosen ?? this.seen.marks.at(-1);
  }

  private get onCard(): OnCard | undefined {
    const { seen, peek, current, carded } = this;
    const { shown, picture } = this.scrubbing;
    if (shown) return scrubbedCard(shown, picture, seen, this.times);
    const mark = peek ? peek.mark : carded ? current : undefined;
    if (!mark) return undefined;
    const middle = seen.placeOf(mark.at + mark.duration / 2);
    const { at, doorbell_id: doorbellId } = mark;
    const time = this.minute(at);
    return { mark, doorbellId, time, middle, large: !peek, others: peek?.others ?? 0 };
  }

  private forget(): void {
    this.peek = undefined;
    this.carded = false;
    this.scrubbing.cancel();
  }

  private tell(name: string, detail: object): void {
    this.dispatchEvent(
      new CustomEvent(name, { detail, bubbles: true, composed: true }),
    );
  }

  private choose({ clip_id }: Mark): void {
    if (clip_id === this.clipId) return;
    this.clipId = clip_id;
    this.tell("timeline-clip", { clip_id });
  }

  private open(mark: Mark | undefined, at?: number): void {
    if (mark) this.tell("timeline-open", { clip_id: mark.clip_id, at });
  }

  // Pointers

  get view(): View {
    return this.seen.view;
  }

  get width(): number {
    return this.seen.width;
  }

  get length(): number {
    return this.seen.length;
  }

  look(view: View): void {
    this.seen.view = view;
    this.requestUpdate();
  }

  scrub(place: Place): void {
    const mark = this.scrubbing.to(this.seen, place);
    if (mark) this.choose(mark);
    this.requestUpdate();
  }

  letGo(): void {
    const moment = this.scrubbing.letGo();
    this.requestUpdate();
    this.open(moment?.mark, moment?.at);
  }

  press(place: Place): void {
    const picked = this.seen.meant(place);
    if (!picked) {
      const at = new Date(this.seen.clock.momentOf(this.seen.timeAt(place.x)));
      this.tell("timeline-moment", { at: at.toISOString() });
      return;
    }
    this.choose(picked.mark);
    // With a finger, the card shows first; pressing the card opens the clip.
    if (this.touching) this.carded = true;
    else this.open(picked.mark);
  }

  private touched(event: MouseEvent, pointerId = 0): Touched {
    const box = this.strip.getBoundingClientRect();
    const x = this.rtl ? box.right - event.clientX : event.clientX - box.left;
    const y = event.clientY - box.top;
    return { pointerId, x, y, onScale: y > this.seen.height };
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    this.strip.setPointerCapture(event.pointerId);
    this.touching = event.pointerType === "touch";
    this.gesture.down(this.touched(event, event.pointerId));
    this.slider?.focus({ preventScroll: true });
    this.byKey = false;
    this.forget();
  };

  private readonly moved = (event: PointerEvent): void => {
    const touched = this.touched(event, event.pointerId);
    if (this.gesture.busy) this.gesture.move(touched);
    else if (event.pointerType !== "touch")
      this.peek = { others: 0, ...this.seen.meant(touched), x: touched.x };
  };

  private readonly up = (event: PointerEvent): void => {
    this.gesture.up(this.touched(event, event.pointerId));
  };

  private readonly cancelled = (event: PointerEvent): void => {
    this.gesture.cancel(event.pointerId);
    this.forget();
  };

  private readonly left = ({ relatedTarget: to }: PointerEvent): void => {
    const stays = to instanceof Element && to.closest(".card, .strip");
    if (!stays && !this.gesture.busy) this.peek = undefined;
  };

  private readonly turned = (event: WheelEvent): void => {
    if (!this.seen.turn(event, this.touched(event).x, this.rtl)) return;
    event.preventDefault();
    this.requestUpdate();
  };

  private goTo(mark: Mark | undefined): void {
    if (!mark) return;
    this.peek = undefined;
    this.carded = true;
    this.choose(mark);
    this.seen.reveal(mark);
  }

  private byHour(direction: -1 | 1): void {
    const { current } = this;
    if (current) this.goTo(this.seen.hourFrom(current, direction));
  }

  private zoom(factor: number): void {
    const { seen, chosen, now } = this;
    seen.zoom(factor, chosen?.at, seen.secondOf(now));
    this.requestUpdate();
  }

  private readonly keyed = (event: KeyboardEvent): void => {
    this.byKey = true;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const does: Record<string, () => void> = {
      Enter: () => this.open(this.current),
      PageUp: () => this.byHour(1),
      PageDown: () => this.byHour(-1),
      "+": () => this.zoom(2),
      "-": () => this.zoom(0.5),
    };
    const act = does[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (event.key === "Escape" && this.onCard) {
      event.stopPropagation();
      this.gesture.stop();
      this.forget();
    }
  };

  private readonly slid = (event: Event): void => {
    this.goTo(this.seen.marks[Number((event.target as HTMLInputElement).value) - 1]);
  };

  private readonly focused = (): void => {
    if (this.gesture.busy) return;
    this.byKey = true;
    this.carded = true;
  };

  private readonly place = (): void => {
    const { cardShown, onCard } = this;
    if (cardShown && onCard) placeCard(cardShown, this.strip, onCard, this.rtl);
  };

  protected override updated(): void {
    this.place();
  }

  protected override render(): TemplateResult {
    const { strings, seen, chosen, peek } = this;
    const ticks = ticksOf(seen).map(({ at }) => seen.placeOf(at));
    return html`<div
        class="frame ${this.rtl ? "rtl" : ""} ${this.byKey ? "by-key" : ""}"
      >
        <div
          class="strip"
          style="height: ${seen.height + HOURS}px"
          @pointerdown=${this.down}
          @pointermove=${this.moved}
          @pointerup=${this.up}
          @pointercancel=${this.cancelled}
          @pointerleave=${this.left}
          @wheel=${this.turned}
        >
          ${renderMarks(seen, ticks)} ${renderNames(seen, strings, this.doorbells)}
          ${renderHours(seen, this.times)} ${renderNow(seen, this.now)}
          ${chosen ? renderChosen(seen, chosen) : nothing}
          ${this.scrubbing.shown ? renderHand(seen, this.scrubbing.shown.x) : nothing}
          ${
            seen.marks.length > 0
              ? this.control()
              : html`<p class="empty">${strings.text("timeline.empty")}</p>`
          }
          ${
            peek && !peek.mark && !this.gesture.busy
              ? html`<span class="moment" style="inset-inline-start: ${peek.x}px"
                  >${this.minute(seen.timeAt(peek.x))}</span
                >`
              : nothing
          }
        </div>
        ${this.card()}
      </div>
      ${renderFoot(seen, strings, this.times, (factor) => this.zoom(factor))}`;
  }

  private control(): TemplateResult {
    const { strings, current } = this;
    const count = this.seen.marks.length;
    const index = current ? this.seen.marks.indexOf(current) + 1 : count;
    const clip = current
      ? inWords(this.seen, current, strings, this.times, this.doorbells)
      : "";
    return html`<input
        type="range"
        min="1"
        max=${count}
        step="1"
        .value=${String(index)}
        aria-label=${strings.text("timeline.label", {
          day: dayInWords(noonOf(this.day.day), "UTC", this.locale),
        })}
        aria-describedby="keys"
        aria-valuetext=${strings.text("timeline.value", { clip, index, count })}
        @input=${this.slid}
        @keydown=${this.keyed}
        @focus=${this.focused}
        @blur=${() => (this.carded = false)}
      />
      <span class="focus"></span>
      <span id="keys" hidden>${strings.text("timeline.keys")}</span>`;
  }

  private card(): TemplateResult | typeof nothing {
    const { onCard, seen, strings, doorbells, byKey, peek } = this;
    if (!onCard) return nothing;
    return renderCard(onCard, byKey && !peek, seen, strings, doorbells, {
      thumbnailOf: this.thumbnailOf,
      left: this.left,
      open: (mark) => this.open(mark),
      hide: () => (this.carded = false),
    });
  }

  private minute(at: number): string {
    return this.times.minute(this.seen.clock.momentOf(at));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-timeline": Timeline;
  }
}
