/** What stands where on the page of requests. */

import type { Bulletin, OpenRequest, RequestsState } from "../api/commands.ts";
import { isOpen } from "./fitting.ts";

export interface Board {
  /** They can be answered. */
  open: OpenRequest[];
  /** They were closed, or their time has passed. */
  over: OpenRequest[];
  /** They lack what a request must have. */
  invalid: OpenRequest[];
  bulletins: Bulletin[];
  /** How many this person put away. */
  hidden: number;
}

interface Item {
  state: string;
  hidden: boolean;
}

const time = (at: string | null): number => (at === null ? 0 : Date.parse(at));

/** What a clip of this home matches stands first, and of that what happened last. */
const matchingFirst = (a: OpenRequest, b: OpenRequest): number =>
  Number(b.clips > 0) - Number(a.clips > 0) || time(b.begins) - time(a.begins);

/** What is still so stands first, and of that what is so for longest. */
const lastingFirst = (a: Bulletin, b: Bulletin): number =>
  Number(b.state === "open") - Number(a.state === "open") ||
  time(b.until) - time(a.until);

export function boardOf(state: RequestsState, withHidden: boolean): Board {
  const shown = ({ hidden }: Item): boolean => withHidden || !hidden;
  const requests = state.requests.filter(shown).sort(matchingFirst);
  const valid = requests.filter((one) => one.lacks.length === 0);
  return {
    open: valid.filter(isOpen),
    over: valid.filter((one) => !isOpen(one)),
    invalid: requests.filter((one) => one.lacks.length > 0),
    bulletins: state.bulletins.filter(shown).sort(lastingFirst),
    hidden: [...state.requests, ...state.bulletins].filter((one) => one.hidden).length,
  };
}

/** What one agency or group asks or tells. */
export interface Group<One> {
  agencyId: string;
  agency: string;
  items: One[];
}

/** Each agency once, in the order of its first item. */
export function groupsOf<One extends { agency_id: string; agency: string }>(
  items: readonly One[],
): Group<One>[] {
  const groups = new Map<string, Group<One>>();
  for (const item of items) {
    const { agency_id: agencyId, agency } = item;
    const group = groups.get(agencyId) ?? { agencyId, agency, items: [] };
    group.items.push(item);
    groups.set(agencyId, group);
  }
  return [...groups.values()];
}
