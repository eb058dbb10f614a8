/** Groups clips into visits. */

import type { Clip } from "../api/commands.ts";

/** Seconds without a recording, after which the same doorbell has another visit. */
const APART = 60;

type Timed = Pick<Clip, "doorbell_id" | "started_at" | "ended_at">;

const goesOn = (before: Timed, after: Timed): boolean =>
  before.doorbell_id === after.doorbell_id &&
  Date.parse(after.started_at) - Date.parse(before.ended_at) <= APART * 1000;

/** Clips in ascending order as visits; most visits have one clip. */
export function visitsOf<T extends Timed>(clips: readonly T[]): T[][] {
  const visits: T[][] = [];
  for (const clip of clips) {
    const visit = visits.at(-1);
    const last = visit?.at(-1);
    if (visit && last && goesOn(last, clip)) visit.push(clip);
    else visits.push([clip]);
  }
  return visits;
}
