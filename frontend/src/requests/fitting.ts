/** Which requests somebody here may want to answer. */

import type { OpenRequest, RequestsState } from "../api/commands.ts";

type Answer = OpenRequest["answers"][number];

/** Shares of which nothing arrived, nor ever will. */
const IN_VAIN: ReadonlySet<string> = new Set(["cancelled", "expired"]);

/** Whether the agency has it, or is to get it. */
export const counts = ({ state }: Answer): boolean => !IN_VAIN.has(state);

/** Whether it can be answered. */
export const isOpen = ({ state, lacks }: OpenRequest): boolean =>
  state === "open" && lacks.length === 0;

/** How many can be answered with a clip that is here, and nobody did yet, nor put it away. */
export const fitting = ({ requests }: RequestsState): number =>
  requests.filter(
    (one) => isOpen(one) && !one.hidden && one.clips > 0 && !one.answers.some(counts),
  ).length;

/** Whether there is anybody who could ask. */
export const isAsked = ({ feeds, requests, bulletins }: RequestsState): boolean =>
  feeds.length + requests.length + bulletins.length > 0;
