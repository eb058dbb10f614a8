/** Which requests this home may want to answer. */

import type { OpenRequest, RequestsState } from "../api/commands.ts";

type Answer = OpenRequest["answers"][number];

/** States of shares of which nothing arrived or will arrive. */
const IN_VAIN: ReadonlySet<string> = new Set(["cancelled", "expired"]);

/** Whether the agency has received it or will. */
export const counts = ({ state }: Answer): boolean => !IN_VAIN.has(state);

/** Whether a request can be answered. */
export const isOpen = ({ state, lacks }: OpenRequest): boolean =>
  state === "open" && lacks.length === 0;

/** The number of open requests that match a clip here and were neither answered nor hidden. */
export const fitting = ({ requests }: RequestsState): number =>
  requests.filter(
    (one) => isOpen(one) && !one.hidden && one.clips > 0 && !one.answers.some(counts),
  ).length;

/** Whether there is anyone who could send requests. */
export const isAsked = ({ feeds, requests, bulletins }: RequestsState): boolean =>
  feeds.length + requests.length + bulletins.length > 0;
