/**
 * The clips of a day as shapes: each kind has its own, so that it is recognizable without color.
 * A day may have thousands of clips; overlapping shapes are merged, and each kind is one path.
 */

import type { Mark } from "../api/commands.ts";
import { placeOf, type View } from "./timeline-scale.ts";

/** In pixels: the height of a lane, the gap between two, and heights inside a lane. */
interface Sizes {
  lane: number;
  gap: number;
  head: number;
  band: number;
  floor: number;
  sign: number;
}
const LARGE: Sizes = { lane: 44, gap: 6, head: 9, band: 22, floor: 31, sign: 38 };
/** With many lanes, the names are in the lanes. */
const SMALL: Sizes = { lane: 26, gap: 4, head: 8, band: 12, floor: 16, sign: 21 };
/** The height of a lane's name above it, in `rem`. */
const NAME = 9 / 7;
/** Shapes closer than these distances are merged. */
const BANDS_APART = 1;
const PINS_APART = 9;
const SIGNS_APART = 24;
const THINNEST = 3;

/** Pixels subtracted from the distance, because people look for rings more than for motion. */
const FAVOUR: Readonly<Record<string, number>> = { ring: 4, manual: 2 };

interface Lanes {
  readonly lanes: number;
  /** The root font size in pixels. */
  readonly rem: number;
}

/** Whether lanes are small to fit on the screen. */
export const areMany = (lanes: number): boolean => lanes > 2;

function sizesOf({ lanes, rem }: Lanes): Sizes {
  if (!areMany(lanes)) return LARGE;
  return { ...SMALL, lane: Math.max(SMALL.lane, Math.ceil(NAME * rem)) };
}

/** The height of a lane. */
export const laneHeight = (all: Lanes): number => sizesOf(all).lane;

export const topOf = (lane: number, all: Lanes): number => {
  const { lane: height, gap } = sizesOf(all);
  const name = all.lanes === 2 ? Math.ceil(NAME * all.rem) : 0;
  return name + lane * (height + gap + name);
};

export const heightOf = (all: Lanes): number =>
  topOf(all.lanes - 1, all) + laneHeight(all);

export interface Layout extends Lanes {
  readonly view: View;
  readonly width: number;
  /** The lane of each doorbell; deleted doorbells have the last one. */
  readonly laneOf: (doorbellId: string) => number;
  /** IDs of shared clips. */
  readonly shared: ReadonlySet<string>;
}

export type Shape = "motion" | "by_hand" | "ring" | "manual" | "protected" | "shared";
export type Drawing = Readonly<Record<Shape, string>>;

const n = (value: number): string => value.toFixed(1);

const bar = (x: number, y: number, width: number, height: number): string =>
  `M${n(x)} ${y}h${n(width)}v${height}h${n(-width)}z`;

const ball = (x: number, y: number, r: number): string =>
  `M${n(x - r)} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;

const diamond = (x: number, y: number, r: number): string =>
  `M${n(x)} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;

const lock = (x: number, y: number): string =>
  `M${n(x - 4)} ${y - 1}h1v-1.5a3 3 0 0 1 6 0v1.5h1v6h-8z` +
  `m2.5 0h3v-1.5a1.5 1.5 0 0 0 -3 0z`;

const plane = (x: number, y: number): string =>
  `M${n(x - 4)} ${y - 4.5}l9 4.5l-9 4.5v-3.5l5 -1l-5 -1z`;

/** The shapes of the kinds for the legend, 16 pixels wide. */
export const SAMPLES: Drawing = {
  motion: bar(1, 5, 14, 6),
  by_hand: "",
  ring: ball(8, 5.5, 4.5) + bar(7, 10, 2, 6),
  manual: diamond(8, 5.5, 5.5) + bar(7, 11, 2, 5),
  protected: lock(8, 8),
  shared: plane(8, 8),
};

interface Spot {
  x: number;
  lane: number;
  many: boolean;
}

/** The positions of marks that match, merged with the previous one if too close. */
function spots(
  marks: readonly Mark[],
  { view, width, laneOf, lanes }: Layout,
  apart: number,
  isSo: (mark: Mark) => boolean,
): Spot[] {
  const last: (Spot | undefined)[] = Array.from({ length: lanes });
  const found: Spot[] = [];
  for (const mark of marks) {
    if (!isSo(mark)) continue;
    const lane = laneOf(mark.doorbell_id);
    const x = placeOf(mark.at, view, width);
    const before = last[lane];
    if (before && x - before.x < apart) before.many = true;
    else found.push((last[lane] = { x, lane, many: false }));
  }
  return found.filter(({ x }) => x > -apart && x < width + apart);
}

function bands(
  marks: readonly Mark[],
  layout: Layout,
  isSo: (mark: Mark) => boolean,
): string {
  const { view, width, laneOf, lanes } = layout;
  const { band: top, floor } = sizesOf(layout);
  const open: ({ from: number; to: number } | undefined)[] = Array.from({
    length: lanes,
  });
  let path = "";
  const close = (lane: number): void => {
    const band = open[lane];
    if (!band || band.to < 0 || band.from > width) return;
    path += bar(band.from, topOf(lane, layout) + top, band.to - band.from, floor - top);
  };
  for (const mark of marks) {
    if (!isSo(mark)) continue;
    const lane = laneOf(mark.doorbell_id);
    const from = placeOf(mark.at, view, width);
    const to = Math.max(placeOf(mark.at + mark.duration, view, width), from + THINNEST);
    const band = open[lane];
    if (band && from <= band.to + BANDS_APART) band.to = Math.max(band.to, to);
    else {
      close(lane);
      open[lane] = { from, to };
    }
  }
  open.forEach((_, lane) => close(lane));
  return path;
}

const is =
  (kind: string) =>
  ({ kinds }: Mark): boolean =>
    kinds.includes(kind);

/**
 * Manual only: clips that began with motion or a ring belong to those, even if extended manually.
 */
const onlyByHand = ({ kinds }: Mark): boolean =>
  kinds.length === 1 && kinds[0] === "manual";

export function drawn(marks: readonly Mark[], layout: Layout): Drawing {
  const { shared } = layout;
  const sizes = sizesOf(layout);
  // The stem begins below the head: overlapping shapes in one path may leave a hole.
  const pins = (
    kind: string,
    head: (x: number, y: number, r: number) => string,
  ): string =>
    spots(marks, layout, PINS_APART, is(kind))
      .map(({ x, lane, many }) => {
        const y = topOf(lane, layout) + sizes.head;
        const r = many ? 7 : 5;
        return head(x, y, r) + bar(x - 1, y + r, 2, sizes.floor - sizes.head - r);
      })
      .join("");
  const signs = (
    sign: (x: number, y: number) => string,
    isSo: (mark: Mark) => boolean,
    beside = 0,
  ): string =>
    spots(marks, layout, SIGNS_APART, isSo)
      .map(({ x, lane }) => sign(x + beside, topOf(lane, layout) + sizes.sign))
      .join("");
  const isShared = ({ clip_id }: Mark): boolean => shared.has(clip_id);
  return {
    motion: bands(marks, layout, (mark) => !onlyByHand(mark)),
    by_hand: bands(marks, layout, onlyByHand),
    ring: pins("ring", ball),
    manual: pins("manual", diamond),
    protected: signs(lock, (mark) => mark.protected),
    shared:
      signs(plane, (mark) => isShared(mark) && !mark.protected) +
      signs(plane, (mark) => isShared(mark) && mark.protected, 11),
  };
}

/** Pixels from a pointer within which a clip is found. */
export const REACH = 12;

export interface Picked {
  readonly mark: Mark;
  /** In pixels; other lanes are far away. */
  readonly distance: number;
  /** The number of other clips at the same position. */
  readonly others: number;
}

/** The clip at a position, if there is one. */
export function pick(
  marks: readonly Mark[],
  layout: Layout,
  { x, y }: { x: number; y: number },
): Picked | undefined {
  const { view, width, laneOf, lanes } = layout;
  const height = laneHeight(layout);
  let best: Mark | undefined;
  let least = Infinity;
  let near = 0;
  for (const mark of marks) {
    const from = placeOf(mark.at, view, width);
    const to = placeOf(mark.at + mark.duration, view, width);
    const top = topOf(laneOf(mark.doorbell_id), layout);
    const across = Math.max(0, from - x, x - to);
    const down = lanes > 1 ? Math.max(0, top - y, y - top - height) : 0;
    if (Math.hypot(across, down) <= REACH / 2) near += 1;
    const distance = Math.hypot(across, down);
    const score = distance - (FAVOUR[mark.kinds[0] ?? ""] ?? 0);
    // For equal scores, the one that begins nearest.
    if (score < least) {
      least = score;
      best = mark;
    }
  }
  if (!best) return undefined;
  const distance = Math.max(0, least + (FAVOUR[best.kinds[0] ?? ""] ?? 0));
  return { mark: best, distance, others: Math.max(0, near - 1) };
}
