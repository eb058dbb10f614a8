/** Send a command of the integration. */

import type { Connection, Unsubscribe } from "../ha/hass.ts";
import type { Commands } from "./generated.ts";

type Name = keyof Commands;
/** The commands that send events. */
type Telling = {
  [N in Name]: Commands[N] extends { event: unknown } ? N : never;
}[Name];

export const ask = <N extends Name>(
  connection: Connection,
  type: N,
  request: Commands[N]["request"],
): Promise<Commands[N]["answer"]> =>
  connection.sendMessagePromise({ type, ...request }) as Promise<Commands[N]["answer"]>;

/** Subscriptions are not repeated after a reconnect, because lists are read again then, too. */
export const hear = <N extends Telling>(
  connection: Connection,
  type: N,
  callback: (event: Commands[N]["event"]) => void,
  request: Commands[N]["request"],
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback as (event: unknown) => void,
    { type, ...request },
    { resubscribe: false },
  );

export const ofDoorbell = (doorbellId?: string): { doorbell_id?: string } =>
  doorbellId ? { doorbell_id: doorbellId } : {};
