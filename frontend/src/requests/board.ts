/** The sections of the requests page. */

import type { Bulletin, OpenRequest, RequestsState } from "../api/commands.ts";
import { isOpen } from "./fitting.ts";

export interface Board {
  /** Can be answered. */
  open: OpenRequest[];
  /** Closed or expired. */
  over: OpenRequest[];
  /** Without required fields. */
  invalid: OpenRequest[];
  bulletins: Bulletin[];
  /** The number that this person hid. */
  hidden: number;
}

interface Item {
  state: string;
  hidden: boolean;
}

const time = (at: string | null): number => (at === null ? 0 : Date.parse(at));

/** Those that match clips first, then the most recent event. */
const matchingFirst = (a: OpenRequest, b: OpenRequest): number =>
  Number(b.clips > 0) - Number(a.clips > 0) || time(b.begins) - time(a.begins);

/** Open ones first, then those that last longest. */
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

/** The items of one agency or group. */
export interface Group<One> {
  agencyId: string;
  agency: string;
  items: One[];
}

/** Group by agency, in the order of the first items. */
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
