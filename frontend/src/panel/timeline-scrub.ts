/** What the timeline shows while it is dragged: a moment of a clip, or a gap. */

import * as api from "../api/commands.ts";
import type { Mark } from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";
import type { DayLook } from "./day-look.ts";
import type { Place } from "./timeline-gesture.ts";
import { MomentPictures } from "./timeline-pictures.ts";

export interface Moment {
  readonly mark: Mark;
  /** In seconds from the start of the clip. */
  readonly at: number;
}

export interface Scrubbed {
  /** In pixels. */
  readonly x: number;
  /** The second of the day. */
  readonly second: number;
  readonly doorbellId: string;
  /** Undefined where nothing was recorded. */
  readonly moment: Moment | undefined;
}

/** The least width of a clip in pixels, so that a pointer reaches all of its moments. */
const LEAST = 32;
/** Pixels above and below the lanes at which dragging is canceled. */
const AWAY = 96;
/** Seconds at the end of a clip that can't be reached, because the clip would end at once. */
const LAST = 1;

const between = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(value, most));

/** The moment at a position, in the lane that is nearest to it. */
export function momentAt(look: DayLook, { x, y }: Place): Moment | undefined {
  const lane = look.laneAt(y);
  const marks = look.marks.filter((mark) => look.laneOf(mark.doorbell_id) === lane);
  const beginOf = (mark: Mark): number => look.placeOf(mark.at);
  const endOf = (mark: Mark): number => look.placeOf(mark.at + mark.duration);
  let index = 0;
  let least = Infinity;
  marks.forEach((mark, at) => {
    const distance = Math.max(0, beginOf(mark) - x, x - endOf(mark));
    if (distance < least) [index, least] = [at, distance];
  });
  const [before, mark, after] = [marks[index - 1], marks[index], marks[index + 1]];
  if (!mark) return undefined;
  const [begin, end] = [beginOf(mark), endOf(mark)];
  const more = Math.max(0, LEAST - (end - begin)) / 2;
  if (least > more) return undefined;
  // Wider than it is drawn, but within the day, and at most halfway to the clips beside it.
  const first = before ? (endOf(before) + begin) / 2 : look.placeOf(0);
  const last = after ? (end + beginOf(after)) / 2 : look.placeOf(look.length);
  const from = Math.max(begin - more, first);
  const to = Math.min(end + more, last);
  const share = to > from ? between((x - from) / (to - from), 0, 1) : 0;
  const at = share * Math.max(0, mark.duration - LAST);
  return { mark, at: Math.round(at * 10) / 10 };
}

export class Scrub {
  /** Undefined unless the timeline is dragged. */
  shown: Scrubbed | undefined;
  readonly #pictures: MomentPictures;

  constructor(pictures: MomentPictures) {
    this.#pictures = pictures;
  }

  /** With pictures from the home. */
  static of(connection: () => Connection, changed: () => void): Scrub {
    const fetches = {
      strip: (clipId: string) => api.strip(connection(), clipId),
      still: (clipId: string, at: number) => api.clipStill(connection(), clipId, at),
    };
    return new Scrub(new MomentPictures(fetches, changed));
  }

  /** The picture of the moment, if it is there. */
  get picture(): string | undefined {
    return this.#pictures.current;
  }

  /** Drag to a position; return the clip there. */
  to(look: DayLook, { x, y }: Place): Mark | undefined {
    if (y < -AWAY || y > look.height + AWAY) {
      this.cancel();
      return undefined;
    }
    const place = { x: between(x, 0, look.width), y };
    const moment = momentAt(look, place);
    const second = moment ? moment.mark.at + moment.at : look.timeAt(place.x);
    const doorbellId = look.lanes[look.laneAt(y)] ?? "";
    this.shown = { x: place.x, second, doorbellId, moment };
    this.#pictures.look(moment && { clipId: moment.mark.clip_id, at: moment.at });
    return moment?.mark;
  }

  /** Return the moment to play. */
  letGo(): Moment | undefined {
    const moment = this.shown?.moment;
    this.cancel();
    return moment;
  }

  cancel(): void {
    this.shown = undefined;
    this.#pictures.look(undefined);
  }
}
