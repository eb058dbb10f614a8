/** The commands about a person's notifications, and the household's defaults for them. */

import type { Connection } from "../ha/hass.ts";
import { ask, ofDoorbell } from "./ask.ts";
import type { Defaults, Notices, Wishes } from "./commands.ts";

/** This person's notification settings and phones. */
export const notices = (connection: Connection): Promise<Notices> =>
  ask(connection, "doorwatch/notices", {});

export const saveWishes = (connection: Connection, wishes: Wishes): Promise<Notices> =>
  ask(connection, "doorwatch/notices/save", {
    wishes: wishes,
  });

/** Save the household's defaults, for administrators. */
export const saveDefaults = (
  connection: Connection,
  defaults: Defaults,
): Promise<Notices> =>
  ask(connection, "doorwatch/notices/defaults", {
    defaults: defaults,
  });

/** Snooze this person's notifications for some minutes; 0 ends the snooze. */
export const snooze = (
  connection: Connection,
  minutes: number,
  doorbellId?: string,
): Promise<Notices> =>
  ask(connection, "doorwatch/notices/snooze", { minutes, ...ofDoorbell(doorbellId) });

export const testPhone = (connection: Connection, phoneId: string): Promise<unknown> =>
  ask(connection, "doorwatch/notices/test", { phone_id: phoneId });
