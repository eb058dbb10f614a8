/** The commands about requests and bulletins of agencies. */

import type { Connection, Unsubscribe } from "../ha/hass.ts";
import { ask, hear } from "./ask.ts";
import type { Clips, RequestsState } from "./commands.ts";

/** Subscribe to requests and bulletins of agencies; the home does not contact them for it. */
export const subscribeRequests = (
  connection: Connection,
  callback: (event: RequestsState) => void,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/requests/subscribe", callback, {});

/** The clips that match a request, best first. */
export const requestClips = (
  connection: Connection,
  agencyId: string,
  requestId: string,
): Promise<Clips> =>
  ask(connection, "doorwatch/requests/clips", {
    agency_id: agencyId,
    request_id: requestId,
  });

/** Hide a request for this person only; the agency does not learn it. */
export const hideRequest = (
  connection: Connection,
  agencyId: string,
  itemId: string,
  hidden: boolean,
): Promise<unknown> =>
  ask(connection, "doorwatch/requests/hide", {
    agency_id: agencyId,
    item_id: itemId,
    hidden,
  });

export const hideAgency = (
  connection: Connection,
  agencyId: string,
  hidden: boolean,
): Promise<unknown> =>
  ask(connection, "doorwatch/requests/hide_agency", { agency_id: agencyId, hidden });
