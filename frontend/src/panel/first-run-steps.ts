/** What the first run shows, by the state of the doorbells. */

import type { Doorbell, Live, Motion } from "../api/commands.ts";
import { MOST_LIVE } from "../live/all-live.ts";
import { isRecordable } from "../live/tile-state.ts";

/**
 * `blind`: nothing starts clips. `called`: only rings and calls do. `walk`: someone can walk to
 * the door to try it. `wait`: there is nothing to try now.
 */
export type Step = "blind" | "called" | "walk" | "wait";

const liveOf = (lives: readonly Live[], { doorbell_id }: Doorbell): Live | undefined =>
  lives.find((live) => live.doorbell_id === doorbell_id);

export function stepOf(doorbells: readonly Doorbell[], lives: readonly Live[]): Step {
  const reported = new Set(doorbells.map(({ detection }) => detection));
  if (!reported.has("on")) return reported.has("called") ? "called" : "blind";
  return doorbells.some((one) => isTried(one, liveOf(lives, one))) ? "walk" : "wait";
}

/** Whether an administrator should change what starts clips. */
export const isMissing = (step: Step): boolean => step === "blind" || step === "called";

/** Whether a clip is recorded if someone comes to the door now. */
function isTried({ detection, records }: Doorbell, live: Live | undefined): boolean {
  if (detection !== "on" || !records) return false;
  return live?.live_problem !== "unavailable" && isRecordable(live);
}

/** The doorbells whose live view starts without a tap: it must not cost anything. */
export function startLive(
  doorbells: readonly Doorbell[],
  lives: readonly Live[],
): ReadonlySet<string> {
  const free = doorbells.filter((one) => {
    const live = liveOf(lives, one);
    const awake = live?.live_problem === null && !live.one_connection;
    return awake && !one.sleeps && isTried(one, live);
  });
  return new Set(free.slice(0, MOST_LIVE).map(({ doorbell_id }) => doorbell_id));
}

/** Whether motion may be detected in the video of this doorbell. */
export const isAnalyzed = ({ detection, records, sleeps }: Doorbell): boolean =>
  detection === "on" && records && !sleeps;

export type Sight = "still" | "little" | "motion";

/** What the last image shows: motion, changes that are not motion, or nothing new. */
export function sightOf({ boxes, changed, threshold }: Motion): Sight {
  if (boxes.length > 0) return "motion";
  return 2 * changed >= threshold ? "little" : "still";
}

interface Size {
  width: number;
  height: number;
}

/** The size of a picture within its frame, which it doesn't leave, in percent. */
export function fit(picture: Size, frame: Size): Size {
  const ratio = picture.width / picture.height / (frame.width / frame.height);
  return { width: 100 * Math.min(1, ratio), height: 100 * Math.min(1, 1 / ratio) };
}
