/**
 * Conversion between seconds of the day and pixels. Times are seconds since the start of the day,
 * which has 23 to 25 hours; positions are pixels from the start of the timeline, which is on the
 * right in right-to-left languages.
 */

import { dateFormat } from "../i18n/intl.ts";

/** The visible part of the day. */
export interface View {
  readonly from: number;
  readonly span: number;
}

/** Seconds: at ten minutes, a clip of a few seconds is some pixels wide, also on a phone. */
export const CLOSEST = 600;

const clamp = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(value, most));

export const whole = (length: number): View => ({ from: 0, span: length });

function kept({ from, span }: View, length: number): View {
  const within = clamp(span, Math.min(CLOSEST, length), length);
  return { from: clamp(from, 0, length - within), span: within };
}

/** Zoom by a factor; `at` keeps its position. */
export function zoomed(view: View, factor: number, at: number, length: number): View {
  const span = clamp(view.span / factor, Math.min(CLOSEST, length), length);
  const share = (at - view.from) / view.span;
  return kept({ from: at - share * span, span }, length);
}

export const panned = (view: View, seconds: number, length: number): View =>
  kept({ from: view.from + seconds, span: view.span }, length);

/** Zoom and scroll so that both fingers keep their times. */
export function pinched(
  held: readonly [number, number],
  places: readonly [number, number],
  width: number,
  length: number,
): View {
  const apart = Math.max(1, Math.abs(places[1] - places[0]));
  const span = (Math.abs(held[1] - held[0]) * width) / apart;
  const middle = (places[0] + places[1]) / 2 / width;
  return kept({ from: (held[0] + held[1]) / 2 - middle * span, span }, length);
}

/** Scroll as little as needed to show `at` with some space around it. */
export function revealing(view: View, at: number, length: number): View {
  const around = view.span / 10;
  const { from, span } = view;
  const to = clamp(from, at + around - span, at - around);
  return kept({ from: to, span }, length);
}

export const placeOf = (at: number, view: View, width: number): number =>
  ((at - view.from) / view.span) * width;

export const timeAt = (place: number, view: View, width: number): number =>
  view.from + (place / width) * view.span;

/** A line of the scale, and its time. */
interface Tick {
  readonly at: number;
  readonly moment: number;
  readonly whole: boolean;
}

const DAY = 86_400;
const QUARTER = 900;
/** In minutes. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720] as const;

/** The local clock of a home on one day, in which an hour may occur twice, or be skipped. */
export class DayClock {
  readonly begins: number;
  readonly length: number;
  /** The local time of each quarter of an hour, in minutes: clock changes happen only there. */
  readonly #shown: readonly number[];

  constructor(begins: string, ends: string, zone: string) {
    this.begins = Date.parse(begins);
    this.length = (Date.parse(ends) - this.begins) / 1000;
    const clock = dateFormat("en", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const count = Math.ceil(this.length / QUARTER);
    this.#shown = Array.from({ length: count }, (_, index) => {
      const [hours, minutes] = clock
        .format(this.momentOf(index * QUARTER))
        .split(":")
        .map(Number);
      return (hours ?? 0) * 60 + (minutes ?? 0);
    });
  }

  momentOf(at: number): number {
    return this.begins + at * 1000;
  }

  #minutesAt(at: number): number {
    const quarter = Math.floor(at / QUARTER);
    return (this.#shown[quarter] ?? 0) + Math.floor((at - quarter * QUARTER) / 60);
  }

  /** The lines that fit if each needs this many pixels. */
  ticks(view: View, width: number, apart: number): Tick[] {
    const room = ((apart / width) * view.span) / 60;
    const step = STEPS.find((minutes) => minutes >= room) ?? 720;
    const stride = Math.min(step * 60, QUARTER);
    const ticks: Tick[] = [];
    const first = Math.ceil(view.from / stride) * stride;
    const end = Math.min(view.from + view.span, this.length - 1);
    for (let at = first; at <= end; at += stride) {
      const minutes = this.#minutesAt(at);
      // A repeated hour may be too close to the previous line.
      const soon = at - (ticks.at(-1)?.at ?? -DAY) < step * 45;
      if (minutes % step === 0 && !soon)
        ticks.push({ at, moment: this.momentOf(at), whole: minutes % 60 === 0 });
    }
    return ticks;
  }
}
