/** Times and positions on the scrub bar. */

import type { Still } from "../api/commands.ts";

type Box = Pick<DOMRect, "left" | "width">;

/** The time at a position. */
export function timeAt(x: number, { left, width }: Box, length: number): number {
  if (width <= 0) return 0;
  return Math.max(0, Math.min(1, (x - left) / width)) * length;
}

/** The time that a key leads to; undefined for other keys. */
export function timeByKey(
  key: string,
  at: number,
  length: number,
  step: number,
): number | undefined {
  const to: Record<string, number> = {
    ArrowLeft: at - step,
    ArrowDown: at - step,
    ArrowRight: at + step,
    ArrowUp: at + step,
    PageDown: at - length / 10,
    PageUp: at + length / 10,
    Home: 0,
    End: length,
  };
  const found = to[key];
  return found === undefined ? undefined : Math.max(0, Math.min(length, found));
}

/** The picture at a time: the last one before it, or the first one. */
export function pictureAt(stills: readonly Still[], at: number): string | undefined {
  return (stills.findLast((still) => still.at <= at) ?? stills[0])?.picture;
}

/** Bars for the loudness of equal parts, 0 to 1, as a path one unit high and one wide each. */
export function barsOf(levels: readonly number[]): string {
  return levels
    .map((level, index) =>
      level > 0 ? `M${index + 0.15} 1v${-level}h0.7v${level}z` : "",
    )
    .join("");
}

/** The left edge of something centered on a position, within the bar. */
export function edgeOf(middle: number, width: number, whole: number): number {
  return Math.max(0, Math.min(middle - width / 2, whole - width));
}
