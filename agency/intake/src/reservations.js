// Reserves disk space for unfinished uploads, so that many at once can't fill the disk.
//
// An upload reserves its missing bytes until 15 minutes after its last byte. After that, it
// only keeps what arrived, and reserves the rest again when its home continues. One address
// may reserve at most half of the space that other uploads leave.

import { AsyncLocalStorage } from "node:async_hooks";
import { createHmac, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import { isIPv4, isIPv6 } from "node:net";
import path from "node:path";
import { readText } from "./files.js";
import { refusal } from "./refusals.js";

export const NO_ROOM = refusal(507, "Not enough space");
/** The client of the current request, from `callerOf`. */
export const callers = new AsyncLocalStorage();

const LAPSES = 15 * 60_000;
const CLEARED = "reservations-cleared";
// Addresses are hashed with this and never stored.
const SECRET = randomBytes(32);

/** Return the part of an address that identifies a home: for IPv6, the first 64 bits. */
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
 * Return a hash of the client's address; undefined if the proxy doesn't provide it. The proxy
 * adds its value to the end of the header, after whatever the client sent.
 */
export function callerOf({ headers, socket }) {
  const told = headers["x-forwarded-for"]?.split(",").at(-1).trim();
  const prefix = prefixOf(told || socket.remoteAddress || "");
  if (prefix === undefined || (!told && /^(127\.|0:0:0:0$)/.test(prefix))) return undefined;
  return createHmac("sha256", SECRET).update(prefix).digest("base64");
}

/** Release the reservations of an inbox. Also works while its intake runs. */
export async function clearReservations(inbox, now = Date.now()) {
  const file = path.join(inbox, ".incoming", CLEARED);
  await fs.writeFile(file, `${now}\n`);
  await fs.chmod(file, 0o644); // the intake may run as another user
}

export class Reservations {
  #folder;
  #held = new Map(); // id: { caller, size, since }
  #look;
  #now;
  #turn = Promise.resolve();

  /**
   * folder: of the unfinished uploads. look: returns the `arrived` bytes of an upload and the
   * time of its `lastByte`.
   */
  constructor({ folder, look, now = Date.now }) {
    this.#folder = folder;
    this.#look = look;
    this.#now = now;
  }

  /** Reserve space for the rest of an upload. Throws if there is none. */
  hold(id, size) {
    // One at a time, because each needs the reservations before it.
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

  /** Restore the reservation of an upload after a start. */
  async restore(id, size) {
    const { lastByte } = await this.#look(id);
    this.#held.set(id, { caller: undefined, size, since: lastByte });
  }

  release(id) {
    this.#held.delete(id);
  }

  /** Return the reserved bytes, the number of uploads, and the free bytes of the disk. */
  async state() {
    const held = await this.#holds();
    const bytes = held.reduce((sum, { missing }) => sum + missing, 0);
    return { bytes, uploads: held.length, free: await this.#free() };
  }

  /** Return current reservations; remove those that expired or were released. */
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
