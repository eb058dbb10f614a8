/** Hide items for this person only. */

import * as api from "../api/commands.ts";
import * as requestApi from "../api/requests.ts";
import type { Connection } from "../ha/hass.ts";

/** A request or bulletin, or everything of an agency if there is no `itemId`. */
export interface Hidable {
  agencyId: string;
  itemId?: string;
}

export type Hide = (what: Hidable, hidden: boolean) => void;

export const setHidden = (
  connection: Connection,
  { agencyId, itemId }: Hidable,
  hidden: boolean,
): Promise<unknown> =>
  itemId === undefined
    ? requestApi.hideAgency(connection, agencyId, hidden)
    : requestApi.hideRequest(connection, agencyId, itemId, hidden);

/** Hide or show one item; undefined if everything of its agency is hidden. */
export function hideOf(
  { feeds }: Pick<api.RequestsState, "feeds">,
  hide: Hide,
  agencyId: string,
  itemId: string,
): ((hidden: boolean) => void) | undefined {
  if (feeds.some((one) => one.agency_id === agencyId && one.hidden)) return undefined;
  return (hidden) => hide({ agencyId, itemId }, hidden);
}
