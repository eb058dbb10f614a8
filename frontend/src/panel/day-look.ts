/** The geometry of a day on the timeline: lanes, time scale, visible part, and positions. */

import type { Day, Doorbell, Mark } from "../api/commands.ts";
import type { Place } from "./timeline-gesture.ts";
import {
  drawn,
  heightOf,
  laneHeight,
  pick,
  REACH,
  topOf,
  type Drawing,
  type Layout,
  type Picked,
} from "./timeline-marks.ts";
import {
  DayClock,
  panned,
  placeOf,
  revealing,
  timeAt,
  whole,
  zoomed,
  type View,
} from "./timeline-scale.ts";

const HOUR = 3_600;

type Wheel = Pick<WheelEvent, "deltaX" | "deltaY" | "ctrlKey" | "metaKey" | "shiftKey">;

export class DayLook {
  readonly clock: DayClock;
  /** The doorbells from top to bottom, and an empty name for deleted ones. */
  readonly lanes: readonly string[];
  view: View;
  width = 0;
  /** The root font size in pixels. */
  rem = 14;
  #drawn: { drawing: Drawing; view: View; width: number; rem: number } | undefined;

  /** Keeps the visible part of an earlier look at the same day. */
  constructor(
    readonly day: Day,
    doorbells: readonly Doorbell[],
    readonly zone: string,
    readonly shared: ReadonlySet<string>,
    before?: DayLook,
  ) {
    const sameDay = before?.day.begins === day.begins && before.day.ends === day.ends;
    this.clock =
      sameDay && before.zone === zone
        ? before.clock
        : new DayClock(day.begins, day.ends, zone);
    const known = doorbells.map(({ doorbell_id }) => doorbell_id);
    const gone = day.marks.some((mark) => !known.includes(mark.doorbell_id));
    this.lanes = gone || known.length === 0 ? [...known, ""] : known;
    this.view = before?.day.day === day.day ? before.view : whole(this.length);
    this.width = before?.width ?? 0;
    this.rem = before?.rem ?? this.rem;
  }

  get length(): number {
    return this.clock.length;
  }

  get marks(): readonly Mark[] {
    return this.day.marks;
  }

  get height(): number {
    return heightOf(this.#layout);
  }

  get laneHeight(): number {
    return laneHeight(this.#layout);
  }

  get isWhole(): boolean {
    return this.view.span >= this.length;
  }

  readonly laneOf = (doorbellId: string): number => {
    const lane = this.lanes.indexOf(doorbellId);
    return lane < 0 ? this.lanes.length - 1 : lane;
  };

  get #layout(): Layout {
    const { view, width, rem, lanes, shared, laneOf } = this;
    return {
      view,
      width: Math.max(1, width),
      rem,
      laneOf,
      lanes: lanes.length,
      shared,
    };
  }

  topOf(lane: number): number {
    return topOf(lane, this.#layout);
  }

  /** The lane at a height, or the nearest one. */
  laneAt(y: number): number {
    return Math.max(
      0,
      this.lanes.findLastIndex((_, lane) => y >= this.topOf(lane)),
    );
  }

  /** The shapes, recalculated only after a change. */
  get drawing(): Drawing {
    const { view, width, rem } = this;
    let made = this.#drawn;
    if (made?.view !== view || made.width !== width || made.rem !== rem)
      made = { drawing: drawn(this.marks, this.#layout), view, width, rem };
    this.#drawn = made;
    return made.drawing;
  }

  /** Set the size; return whether it changed. */
  fit(width: number, rem: number): boolean {
    if (this.width === width && this.rem === rem) return false;
    this.width = width;
    this.rem = rem;
    return true;
  }

  placeOf(at: number): number {
    return placeOf(at, this.view, this.width);
  }

  timeAt(place: number): number {
    return timeAt(place, this.view, this.width);
  }

  /** The second of the day of a timestamp; undefined on other days. */
  secondOf(moment: number | undefined): number | undefined {
    if (moment === undefined) return undefined;
    const at = (moment - this.clock.begins) / 1000;
    return at >= 0 && at < this.length ? at : undefined;
  }

  find(clipId: string | undefined): Mark | undefined {
    return this.marks.find(({ clip_id }) => clip_id === clipId);
  }

  /** The clip nearest to a position, at any distance. */
  nearest(place: Place): Picked | undefined {
    return pick(this.marks, this.#layout, place);
  }

  /** The clip at a position; undefined on the hours or in empty space. */
  meant(place: Place): Picked | undefined {
    if (place.y > this.height) return undefined;
    const picked = this.nearest(place);
    return picked && picked.distance <= REACH ? picked : undefined;
  }

  /** The next clip at least an hour earlier or later, or the last one in that direction. */
  hourFrom(mark: Mark, direction: -1 | 1): Mark | undefined {
    const to = mark.at + direction * HOUR;
    return direction < 0
      ? (this.marks.findLast(({ at }) => at <= to) ?? this.marks[0])
      : (this.marks.find(({ at }) => at >= to) ?? this.marks.at(-1));
  }

  reveal(mark: Mark): void {
    this.view = revealing(this.view, mark.at, this.length);
  }

  /** Zoom around the first of these seconds that is visible, else around the middle. */
  zoom(factor: number, ...wanted: (number | undefined)[]): void {
    const { from, span } = this.view;
    const at =
      wanted.find((one) => one !== undefined && one >= from && one <= from + span) ??
      from + span / 2;
    this.zoomAt(factor, at);
  }

  zoomAt(factor: number, at: number): void {
    this.view = zoomed(this.view, factor, at, this.length);
  }

  /**
   * Handle a wheel or touchpad: scroll the day, or zoom with Ctrl; return false to scroll the
   * page.
   */
  turn(wheel: Wheel, x: number, rightToLeft: boolean): boolean {
    const { deltaX, deltaY } = wheel;
    if (wheel.ctrlKey || wheel.metaKey) {
      // A wheel step is about 100, that of a touchpad a few.
      const step = Math.max(-50, Math.min(50, deltaY));
      this.zoomAt(Math.exp(-step / 100), this.timeAt(x));
      return true;
    }
    const across = wheel.shiftKey && deltaX === 0 ? deltaY : deltaX;
    if (this.isWhole || across === 0 || Math.abs(across) < Math.abs(deltaY))
      return false;
    const seconds = (across / this.width) * this.view.span * (rightToLeft ? -1 : 1);
    this.view = panned(this.view, seconds, this.length);
    return true;
  }
}
