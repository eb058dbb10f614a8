// How much of the disk unfinished uploads hold, so that many together can't fill it.
//
// An upload holds the bytes that it announced and that haven't arrived, until 15 minutes after
// its last byte. Then it keeps what has arrived, and holds the rest again when its home sends
// more. One address holds at most half of the space that the other uploads leave.

import { AsyncLocalStorage } from "node:async_hooks";
import { createHmac, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import { isIPv4, isIPv6 } from "node:net";
import path from "node:path";
import { readText } from "./files.js";
import { refusal } from "./refusals.js";

export const NO_ROOM = refusal(507, "Not enough space");
/** Who the current request is from, as `callerOf` says it. */
export const callers = new AsyncLocalStorage();

const LAPSES = 15 * 60_000;
const CLEARED = "reservations-cleared";
// Addresses themselves are kept nowhere.
const SECRET = randomBytes(32);

/** The part of an address that one home has for itself: of IPv6 the first 64 bits. */
function prefixOf(address) {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped ?? isIPv4(address)) return mapped ?? address;
  if (!isIPv6(address)) return undefined;
  const [before, after] = address.split("%")[0].split("::");
  const left = before ? before.split(":") : [];
  const right = after ? after.split(":") : [];
  const known = left.length + right.length + (right.at(-1)?.includes(".") ? 1 : 0);
  const zeros = after === undefined ? [] : Array(8 - known).fill("0");
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return groups.map((group) => parseInt(group, 16).toString(16)).join(":");
}

/**
 * What stands for the address that a request is from, undefined when the web server in front
 * doesn't say it. What a home writes into the header comes before what that server adds.
 */
export function callerOf({ headers, socket }) {
  const told = headers["x-forwarded-for"]?.split(",").at(-1).trim();
  const prefix = prefixOf(told || socket.remoteAddress || "");
  if (prefix === undefined || (!told && /^(127\.|0:0:0:0$)/.test(prefix))) return undefined;
  return createHmac("sha256", SECRET).update(prefix).digest("base64");
}

/** Give back what the uploads in an inbox hold. Also works while its intake runs. */
export async function clearReservations(inbox, now = Date.now()) {
  const file = path.join(inbox, ".incoming", CLEARED);
  await fs.writeFile(file, `${now}\n`);
  await fs.chmod(file, 0o644); // the intake may be another user
}

export class Reservations {
  #folder;
  #held = new Map(); // id: { caller, size, since }
  #look;
  #now;
  #turn = Promise.resolve();

  /**
   * folder: of the unfinished uploads. look: returns how many bytes have `arrived` of one, and
   * when its `lastByte` came.
   */
  constructor({ folder, look, now = Date.now }) {
    this.#folder = folder;
    this.#look = look;
    this.#now = now;
  }

  /** Hold room for the rest of an upload, unless it does already. Throws when there is none. */
  hold(id, size) {
    // One after the other: each must see what those before it hold.
    const held = this.#turn.then(() => this.#hold(id, size, callers.getStore()));
    this.#turn = held.catch(() => undefined);
    return held;
  }

  async #hold(id, size, caller) {
    const held = await this.#holds();
    if (held.some((one) => one.id === id)) return;
    let [own, others] = [size - (await this.#look(id)).arrived, 0];
    for (const one of held) {
      if (caller !== undefined && one.caller === caller) own += one.missing;
      else others += one.missing;
    }
    const left = (await this.#free()) - others;
    if (own > (caller === undefined ? left : left / 2)) throw NO_ROOM;
    this.#held.set(id, { caller, size, since: this.#now() });
  }

  /** Hold again after a start what an upload held before it. */
  async restore(id, size) {
    const { lastByte } = await this.#look(id);
    this.#held.set(id, { caller: undefined, size, since: lastByte });
  }

  release(id) {
    this.#held.delete(id);
  }

  /** How many bytes and uploads are held, and how many bytes are free on the disk. */
  async state() {
    const held = await this.#holds();
    const bytes = held.reduce((sum, { missing }) => sum + missing, 0);
    return { bytes, uploads: held.length, free: await this.#free() };
  }

  /** What is held now. Forgets what lapsed, and what was cleared. */
  async #holds() {
    const text = await readText(path.join(this.#folder, CLEARED));
    const cleared = Number(text ?? -Infinity);
    const held = [];
    for (const [id, hold] of [...this.#held]) {
      const { caller, size, since } = hold;
      const { arrived, lastByte } = await this.#look(id);
      const ago = this.#now() - Math.max(since, lastByte);
      const lasts = ago < LAPSES && ago > -LAPSES; // the clock may have been set back
      if (lasts && since > cleared) {
        held.push({ id, caller, missing: Math.max(0, size - arrived) });
      } else if (this.#held.get(id) === hold) this.#held.delete(id);
    }
    return held;
  }

  async #free() {
    const { bavail, bsize } = await fs.statfs(this.#folder);
    return bavail * bsize;
  }
}
