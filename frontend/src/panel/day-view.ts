/** The selected day on a timeline, with navigation to other days. */

import { css, html, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Doorbell } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { navigate } from "../ha/navigate.ts";
import { dayKey } from "../i18n/format.ts";
import "./day-bar.ts";
import { DayData } from "./day-data.ts";
import "./day-summary.ts";
import { addressOf, TODAY, type TodayPlace } from "./route.ts";
import { heightOf } from "./timeline-marks.ts";
import { FOOT, HOURS } from "./timeline-view.ts";
import "./timeline.ts";
import type { Layout } from "./today-layout.ts";

/** The update interval of the current time's line. */
const MINUTE = 60_000;

@customElement("doorwatch-day-view")
export class DayView extends HomeElement {
  static override readonly styles = css`
    :host {
      display: flex;
      flex-direction: column;
      gap: 8px;
    }
    /* The timeline shows the same. */
    :host(:not([layout="tablet"])) doorwatch-day-summary::part(bars) {
      position: absolute;
      width: 1px;
      clip-path: inset(50%);
    }
    :host([layout="phone"]) {
      gap: 4px;
    }
    :host([layout="short"]) doorwatch-day-summary {
      display: none;
    }
    :host([layout="wide"]) {
      display: grid;
      grid-template-columns: min(360px, 50%) minmax(0, 1fr);
      align-items: center;
      gap: 0 16px;
    }
    :host([layout="wide"]) :is(doorwatch-timeline, .space) {
      grid-column: 1 / -1;
      margin-block-start: 8px;
    }
  `;

  @property({ attribute: false }) place: TodayPlace = TODAY;
  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  @property({ attribute: false }) sharedClips: ReadonlySet<string> = new Set();
  /** The selected clip. */
  @property({ attribute: false }) clipId: string | undefined;
  @property({ reflect: true }) layout: Layout = "tablet";
  private known = false;
  private readonly data = new DayData(() => this.requestUpdate());
  private ticking: ReturnType<typeof setInterval> | undefined;
  private followed: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.ticking = setInterval(() => this.requestUpdate(), MINUTE);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
    this.data.stop();
    this.followed = undefined;
  }

  private get today(): string {
    return dayKey(Date.now(), this.locale.zone ?? "UTC");
  }

  private get day(): string {
    return this.place.day ?? this.today;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("hass");
    const moved = before && before.connection !== this.hass.connection;
    // Today changes at midnight.
    const wanted = `${this.day} ${this.place.doorbell ?? ""}`;
    if (wanted === this.followed && !moved) return;
    this.followed = wanted;
    this.data.start(this.hass.connection, this.day, this.place.doorbell);
  }

  protected override updated(): void {
    if (this.known || this.data.status === "loading") return;
    this.known = true;
    this.dispatchEvent(new CustomEvent("day-known"));
  }

  /** The height of the timeline, reserved while the day is loading. */
  private get height(): number {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return heightOf({ lanes: Math.max(1, this.shown.length), rem }) + HOURS + FOOT;
  }

  private readonly choose = ({ detail }: CustomEvent<{ day: string }>): void => {
    const place: TodayPlace = { ...this.place, ...detail };
    if (detail.day === this.today) delete place.day;
    navigate(addressOf(place));
  };

  private readonly open = ({
    detail: { clip_id: clipId, at },
  }: CustomEvent<{ clip_id: string; at?: number }>): void => {
    const { doorbell } = this.place;
    const address = addressOf({
      page: "clip",
      clipId,
      ...(doorbell ? { doorbell } : {}),
    });
    navigate(at === undefined ? address : `${address}#t=${at}`);
  };

  private get shown(): readonly Doorbell[] {
    const { doorbell } = this.place;
    return this.doorbells.filter((one) => !doorbell || one.doorbell_id === doorbell);
  }

  protected override render(): TemplateResult {
    const { data } = this;
    return html`<doorwatch-day-bar
        .day=${this.day}
        .days=${data.days}
        .first=${data.first}
        .last=${data.last}
        @day-chosen=${this.choose}
        @month-shown=${({ detail }: CustomEvent<{ month: string }>) => {
          void data.look(detail.month).catch(() => undefined);
        }}
      ></doorwatch-day-bar>
      ${
        data.day
          ? html`<doorwatch-day-summary .day=${data.day}></doorwatch-day-summary>
              <doorwatch-timeline
                .day=${data.day}
                .doorbells=${this.shown}
                .clipId=${this.clipId}
                .shared=${this.sharedClips}
                .now=${Date.now()}
                @timeline-open=${this.open}
              ></doorwatch-timeline>`
          : html`<div class="space" style="height: ${this.height}px"></div>`
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-day-view": DayView;
  }
}
