/** The steps before the review, and which of them mends what. */

import type { Mistake } from "./share-form.ts";

export const STEPS = ["part", "cover", "recipient"] as const;
export type Step = (typeof STEPS)[number];

/** The review is the last. */
export const STEP_COUNT = STEPS.length + 1;

const OF_MISTAKE: Record<Mistake, Step> = {
  range: "part",
  covers: "cover",
  agency: "recipient",
  link: "recipient",
  name: "recipient",
  contact: "recipient",
};

const OF_FAILURE: Record<string, Step> = {
  nothing_left: "part",
  sound_impossible: "part",
  redact_impossible: "cover",
};

export const isWrong = (step: Step, mistakes: ReadonlySet<Mistake>): boolean =>
  [...mistakes].some((mistake) => OF_MISTAKE[mistake] === step);

/** The first step in which something is wrong. */
export const firstWrong = (mistakes: ReadonlySet<Mistake>): Step | undefined =>
  STEPS.find((step) => isWrong(step, mistakes));

/** Where a person can do something about a refusal; what can only be tried again ends the last. */
export const stepOfFailure = (code: string): Step => OF_FAILURE[code] ?? "recipient";

/** The step beside one, if there is one. */
export const beside = (step: Step, direction: 1 | -1): Step | undefined =>
  STEPS[STEPS.indexOf(step) + direction];
