/**
 * Where on the timeline a second of the day lies. All times are seconds since the day began, and
 * a day has 23 to 25 hours; all places are pixels from where the timeline begins, which is on the
 * right where people read from there.
 */

import { dateFormat } from "../i18n/intl.ts";

/** The part of the day that is seen. */
export interface View {
  readonly from: number;
  readonly span: number;
}

/** Ten minutes: a clip of a few seconds is some pixels wide then, on a phone too. */
export const CLOSEST = 600;

const clamp = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(value, most));

export const whole = (length: number): View => ({ from: 0, span: length });

function kept({ from, span }: View, length: number): View {
  const within = clamp(span, Math.min(CLOSEST, length), length);
  return { from: clamp(from, 0, length - within), span: within };
}

/** Come nearer by a factor, or go away below 1; what lies at `at` stays where it is. */
export function zoomed(view: View, factor: number, at: number, length: number): View {
  const span = clamp(view.span / factor, Math.min(CLOSEST, length), length);
  const share = (at - view.from) / view.span;
  return kept({ from: at - share * span, span }, length);
}

export const panned = (view: View, seconds: number, length: number): View =>
  kept({ from: view.from + seconds, span: view.span }, length);

/** What two fingers hold stays under them. */
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

/** Go no further than needed for `at` to be seen, and a little around it. */
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

/** A line of the scale, and the moment that it stands for. */
interface Tick {
  readonly at: number;
  readonly moment: number;
  readonly whole: boolean;
}

const DAY = 86_400;
const QUARTER = 900;
/** In minutes. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720] as const;

/** The clock of a home on one day, on which an hour may come twice, or not at all. */
export class DayClock {
  readonly begins: number;
  readonly length: number;
  /** What the clock shows each quarter of an hour, in minutes: it is changed only then. */
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

  /** The lines that have room, when each takes so many pixels. */
  ticks(view: View, width: number, apart: number): Tick[] {
    const room = ((apart / width) * view.span) / 60;
    const step = STEPS.find((minutes) => minutes >= room) ?? 720;
    const stride = Math.min(step * 60, QUARTER);
    const ticks: Tick[] = [];
    const first = Math.ceil(view.from / stride) * stride;
    const end = Math.min(view.from + view.span, this.length - 1);
    for (let at = first; at <= end; at += stride) {
      const minutes = this.#minutesAt(at);
      // An hour that comes again may come too soon for its line.
      const soon = at - (ticks.at(-1)?.at ?? -DAY) < step * 45;
      if (minutes % step === 0 && !soon)
        ticks.push({ at, moment: this.momentOf(at), whole: minutes % 60 === 0 });
    }
    return ticks;
  }
}
