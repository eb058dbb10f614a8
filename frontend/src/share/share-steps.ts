/** The steps before the review, and the step for each error. */

import type { Mistake } from "./share-form.ts";

export const STEPS = ["part", "cover", "recipient"] as const;
export type Step = (typeof STEPS)[number];

/** Copies that a person sends have no recipient here. */
export const SEND_STEPS: readonly Step[] = ["part", "cover"];

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

/** The first step with an error. */
export const firstWrong = (
  mistakes: ReadonlySet<Mistake>,
  steps: readonly Step[] = STEPS,
): Step | undefined => steps.find((step) => isWrong(step, mistakes));

/** The step in which an error can be fixed; the last one for errors that can only be retried. */
export const stepOfFailure = (code: string, steps: readonly Step[] = STEPS): Step =>
  OF_FAILURE[code] ?? steps.at(-1) ?? "part";

/** The step before or after, if there is one. */
export const beside = (
  step: Step,
  direction: 1 | -1,
  steps: readonly Step[] = STEPS,
): Step | undefined => steps[steps.indexOf(step) + direction];
