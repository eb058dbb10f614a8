/** The commands about the ledger, and what it says about agencies. */

import type { Connection } from "../ha/hass.ts";
import { ask } from "./ask.ts";
import type {
  Commands,
  LedgerCounts,
  Transparency,
  TransparencyLine,
} from "./commands.ts";

/** The numbers of what was shared with whom, for everyone who may see a doorbell. */
export const transparency = (connection: Connection): Promise<Transparency> =>
  ask(connection, "doorwatch/transparency", {});

/** The ledger's lines about agencies, newest first, for administrators. */
export const transparencyLines = async (
  connection: Connection,
  asked: Commands["doorwatch/transparency/lines"]["request"],
): Promise<TransparencyLine[]> =>
  (await ask(connection, "doorwatch/transparency/lines", asked)).lines;

/** Delete the personal details of a ledger line. */
export const forgetPersonal = (connection: Connection, seq: number): Promise<unknown> =>
  ask(connection, "doorwatch/transparency/forget", { seq });

export const ledgerCounts = (connection: Connection): Promise<LedgerCounts> =>
  ask(connection, "doorwatch/ledger/counts", {});

/** A link to the whole ledger, for administrators. */
export const ledgerLink = async (connection: Connection): Promise<string> =>
  (await ask(connection, "doorwatch/ledger/link", {})).url;
