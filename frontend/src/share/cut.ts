/** The selected part of a clip, and the part that results. In seconds from its first frame. */

export interface Cut {
  start: number;
  end: number;
}

export interface CutLimits {
  length: number;
  /** Empty if unknown: then a copy begins slightly later than shown. */
  keyframes: readonly number[];
  /** Every frame is encoded again, so a part can begin anywhere. */
  exact: boolean;
}

/** Times are selected and sent in hundredths of a second; keyframes may be in between. */
const SLACK = 0.001;
const SHORTEST = 0.1;

const STEP = 0.1;
const FAR_STEP = 1;

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Where the copy begins: at the next keyframe. Undefined if there is none. */
export function beginOf(start: number, limits: CutLimits): number | undefined {
  if (limits.exact || limits.keyframes.length === 0) return start;
  return limits.keyframes.find((at) => at >= start - SLACK);
}

/** The nearest possible start to a position. */
export function startAt(place: number, cut: Cut, limits: CutLimits): number {
  const latest = cut.end - SHORTEST;
  const wanted = Math.min(Math.max(0, place), Math.max(0, latest));
  if (limits.exact || limits.keyframes.length === 0) return round(wanted);
  const possible = limits.keyframes.filter((at) => at <= latest);
  return possible.reduce(
    (best, at) => (Math.abs(at - wanted) < Math.abs(best - wanted) ? at : best),
    0,
  );
}

export function endAt(place: number, cut: Cut, limits: CutLimits): number {
  const earliest = Math.min(cut.start + SHORTEST, limits.length);
  return round(Math.min(Math.max(place, earliest), limits.length));
}

const DIRECTIONS: Record<string, readonly [direction: number, far: boolean]> = {
  ArrowLeft: [-1, false],
  ArrowDown: [-1, false],
  ArrowRight: [1, false],
  ArrowUp: [1, false],
  PageDown: [-1, true],
  PageUp: [1, true],
};

/** The start after a key press; undefined for other keys. */
export function startByKey(
  key: string,
  far: boolean,
  cut: Cut,
  limits: CutLimits,
): number | undefined {
  if (key === "Home") return startAt(0, cut, limits);
  if (key === "End") return startAt(cut.end, cut, limits);
  const found = DIRECTIONS[key];
  if (!found) return undefined;
  const [direction, page] = found;
  const { keyframes } = limits;
  if (limits.exact || keyframes.length === 0) {
    const step = page || far ? FAR_STEP : STEP;
    return startAt(cut.start + direction * step, cut, limits);
  }
  const now = beginOf(cut.start, limits) ?? cut.start;
  const next =
    direction < 0
      ? keyframes.findLast((at) => at < now - SLACK)
      : keyframes.find((at) => at > now + SLACK);
  return startAt(next ?? now, cut, limits);
}

export function endByKey(
  key: string,
  far: boolean,
  cut: Cut,
  limits: CutLimits,
): number | undefined {
  if (key === "Home") return endAt(0, cut, limits);
  if (key === "End") return endAt(limits.length, cut, limits);
  const found = DIRECTIONS[key];
  if (!found) return undefined;
  const [direction, page] = found;
  const step = page || far ? FAR_STEP : STEP;
  return endAt(cut.end + direction * step, cut, limits);
}
