/** Covered rectangles of an image: corners in percent, times as typed. */

import { corner, rectangle, type Area, type Corner } from "../areas/areas.ts";
import type { Redaction } from "../api/commands.ts";

export interface Cover {
  /** Four corners, clockwise from the top left. */
  area: Area;
  /** Whether it is always covered; else between the times below. */
  always: boolean;
  start: string;
  end: string;
}

export const MOST_COVERS = 20;
export const AREA_CORNERS = 4;
/** Smaller ones could not be grabbed. */
const SMALLEST = 2;

export const seconds = (text: string): number | undefined =>
  text.trim() === "" ? undefined : Number(text.replace(",", "."));

export const newCover = (area: Area): Cover => ({
  area,
  always: true,
  start: "",
  end: "",
});

const edges = (area: Area): [left: number, top: number, right: number, low: number] => {
  const [from = corner(0, 0), , to = corner(100, 100)] = area;
  return [from[0], from[1], to[0], to[1]];
};

/** Move one corner and the adjacent two; the opposite one stays. */
export function resized(area: Area, which: number, to: Corner): Area {
  let [left, top, right, low] = edges(area);
  const [across, down] = corner(...to);
  if (which === 0 || which === 3) left = Math.min(across, right - SMALLEST);
  else right = Math.max(across, left + SMALLEST);
  if (which < 2) top = Math.min(down, low - SMALLEST);
  else low = Math.max(down, top + SMALLEST);
  return rectangle([left, top], [right, low]);
}

/** Move the whole area within the image. */
export function shifted(area: Area, across: number, down: number): Area {
  const [left, top, right, low] = edges(area);
  const x = Math.min(Math.max(across, -left), 100 - right);
  const y = Math.min(Math.max(down, -top), 100 - low);
  return rectangle([left + x, top + y], [right + x, low + y]);
}

export const placeOf = (area: Area): Record<string, number> => {
  const [left, top, right, low] = edges(area);
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  return { left, top, width: tenth(right - left), height: tenth(low - top) };
};

/** Whether it is covered at a time. */
export function isCovered(cover: Cover, at: number): boolean {
  if (cover.always) return true;
  return at >= (seconds(cover.start) ?? 0) && at <= (seconds(cover.end) ?? Infinity);
}

export function hasMistake(cover: Cover, length: number): boolean {
  if (cover.always) return false;
  const start = seconds(cover.start) ?? 0;
  const end = seconds(cover.end) ?? Math.ceil(length);
  // NaN fails every comparison, so test for the valid case.
  return !(start >= 0 && start < end && end <= Math.ceil(length));
}

/** Convert to the backend's format: fractions, and times only if limited. */
export function redactionOf(cover: Cover): Redaction {
  const [left, top, right, low] = edges(cover.area).map((edge) => edge * 10) as [
    number,
    number,
    number,
    number,
  ];
  const fraction = (tenths: number): number => Math.round(tenths) / 1000;
  const start = cover.always ? undefined : seconds(cover.start);
  const end = cover.always ? undefined : seconds(cover.end);
  return {
    left: fraction(left),
    top: fraction(top),
    width: fraction(right - left),
    height: fraction(low - top),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}
