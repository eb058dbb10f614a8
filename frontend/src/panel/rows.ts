/** The positions of clips in a long list, to render only those near the screen. */

import type { Clip } from "../api/commands.ts";
import { dayKey } from "../i18n/format.ts";

/** How the list is laid out, in pixels. */
export interface Shape {
  columns: number;
  /** The height of a row of clips, including the gap. */
  row: number;
  /** The height of a day's heading. */
  head: number;
  /** Whether the description is next to the image instead of below it. */
  beside: boolean;
}

export interface DayOfRows {
  key: string;
  clips: readonly Clip[];
  /** The index of its first clip in the list. */
  first: number;
  top: number;
  height: number;
}

/** The rendered clips of a day: a range of indexes in that day. */
export interface Drawn {
  day: DayOfRows;
  from: number;
  to: number;
}

const keys = new WeakMap<Clip, string>();

/** The day of a clip, cached because it is called thousands of times. */
function dayOf(clip: Clip): string {
  let key = keys.get(clip);
  if (key === undefined) {
    key = dayKey(clip.started_at, clip.timezone);
    keys.set(clip, key);
  }
  return key;
}

export class Rows {
  readonly days: readonly DayOfRows[];
  readonly height: number;

  constructor(
    readonly clips: readonly Clip[],
    readonly shape: Shape,
  ) {
    const days: DayOfRows[] = [];
    let top = 0;
    for (let first = 0, end = 0; first < clips.length; first = end) {
      const key = dayOf(clips[first] as Clip);
      while (end < clips.length && dayOf(clips[end] as Clip) === key) end += 1;
      const ofDay = clips.slice(first, end);
      const height = shape.head + Math.ceil(ofDay.length / shape.columns) * shape.row;
      days.push({ key, clips: ofDay, first, top, height });
      top += height;
    }
    this.days = days;
    this.height = top;
  }

  /** The days, and their rows, between two heights. */
  drawn(from: number, to: number): Drawn[] {
    const { columns, row, head } = this.shape;
    return this.days
      .filter(({ top, height }) => top < to && top + height > from)
      .map((day) => {
        const first = Math.floor((from - day.top - head) / row);
        const end = Math.ceil((to - day.top - head) / row);
        const within = (rows: number): number =>
          Math.max(0, Math.min(rows * columns, day.clips.length));
        return { day, from: within(first), to: within(end) };
      });
  }

  /** The top of a clip's row. */
  topOf(index: number): number {
    const day = this.dayAt(index);
    if (!day) return 0;
    const { columns, row, head } = this.shape;
    return day.top + head + Math.floor((index - day.first) / columns) * row;
  }

  /** Whether some of a clip's row is between two heights. */
  shows(clipId: string | undefined, from: number, to: number): boolean {
    if (clipId === undefined) return false;
    const index = this.clips.findIndex((one) => one.clip_id === clipId);
    const top = this.topOf(index);
    return index >= 0 && top < to && top + this.shape.row > from;
  }

  dayAt(index: number): DayOfRows | undefined {
    return this.days.find(
      ({ first, clips }) => index >= first && index < first + clips.length,
    );
  }

  /** The first clip of the first row at or below a height. */
  at(height: number): number | undefined {
    const { columns, row, head } = this.shape;
    for (const day of this.days) {
      if (day.top + day.height <= height) continue;
      const rows = Math.max(0, Math.ceil((height - day.top - head) / row));
      if (rows * columns < day.clips.length) return day.first + rows * columns;
    }
    return undefined;
  }

  /** The index that a key moves to; the same one at the end. */
  byKey(key: string, index: number, rtl: boolean): number | undefined {
    const last = this.clips.length - 1;
    const { columns } = this.shape;
    const within = (next: number): number => Math.max(0, Math.min(next, last));
    const onward = rtl ? -1 : 1;
    switch (key) {
      case "ArrowRight":
        return within(index + onward);
      case "ArrowLeft":
        return within(index - onward);
      case "ArrowDown":
        return this.#below(index, 1, columns);
      case "ArrowUp":
        return this.#below(index, -1, columns);
      case "Home":
        return 0;
      case "End":
        return last;
      default:
        return undefined;
    }
  }

  /** The clip below or above, in the same column if that row has one. */
  #below(index: number, way: 1 | -1, columns: number): number {
    const day = this.dayAt(index);
    if (!day) return index;
    const at = index - day.first;
    const column = at % columns;
    const start = (Math.floor(at / columns) + way) * columns;
    if (start >= 0 && start < day.clips.length)
      return day.first + Math.min(start + column, day.clips.length - 1);
    const other = this.days[this.days.indexOf(day) + way];
    if (!other) return index;
    const row = way > 0 ? 0 : Math.floor((other.clips.length - 1) / columns) * columns;
    return other.first + Math.min(row + column, other.clips.length - 1);
  }
}

/** Rows with text beside the image if a phone's font size allows it, else a grid of images. */
export function shapeFor(width: number, rem: number): Shape {
  const head = 3 * rem;
  if (width < 560 && width >= 19 * rem)
    return { columns: 1, row: Math.max(5.5 * rem, 88), head, beside: true };
  const gap = 12;
  const columns = Math.max(1, Math.floor((width + gap) / (14.75 * rem + gap)));
  const picture = (((width - gap * (columns - 1)) / columns) * 9) / 16;
  return { columns, row: Math.round(picture + 4.5 * rem + gap), head, beside: false };
}
