// Locks between intakes: advisory locks of PostgreSQL, held by one connection of this process.
// They end with the connection, so a dead process blocks no one and no clock matters. They
// only avoid duplicate work: the records themselves reject a late writer (writing.js). So a
// process that loses its lock continues, and one that waited long enough continues without the
// lock, because its holder may hang.

import { setTimeout as sleep } from "node:timers/promises";
import { ERRORS } from "@tus/server";
import pg from "pg";
import { about } from "./away.js";

const LONGEST = 10_000; // milliseconds to wait for a lock
const AGAIN = 50;
const ASK = 20; // after this many tries, ask the other intakes to stop their work
const CHANNEL = "doorwatch_release";

export class SharedLocker {
  #client; // a promise of the connection
  #closed = false;
  #config;
  #held = new Map(); // id: the connection with the lock, and a callback that stops its request
  #log;

  constructor({ config, log }) {
    this.#config = config;
    this.#log = log;
  }

  #connection() {
    if (this.#client === undefined) {
      const client = this.#connect(() => {
        if (this.#client === client) this.#client = undefined;
      });
      this.#client = client;
    }
    return this.#client;
  }

  async #connect(ended) {
    const client = new pg.Client(this.#config);
    let connected = false;
    client.on("error", () => undefined); // "end" follows
    client.once("end", () => {
      if (connected && !this.#closed) this.#log.often("error database locks lost");
      ended();
    });
    client.on("notification", ({ payload }) => this.#held.get(payload)?.requestRelease?.());
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      connected = true;
      return client;
    } catch (error) {
      client.connection.stream.destroy();
      ended();
      return about("database")(error);
    }
  }

  /**
   * Run a query; on failure close the connection and its locks, as the outcome is unknown.
   */
  async #ask(client, text, values) {
    try {
      return (await client.query(text, values)).rows;
    } catch (error) {
      client.connection.stream.destroy();
      return about("database")(error);
    }
  }

  /** Take a free lock; return undefined if it is held. */
  async #try(id, requestRelease) {
    if (this.#held.has(id)) return undefined; // PostgreSQL would grant it again
    const held = { client: undefined, requestRelease };
    this.#held.set(id, held);
    try {
      held.client = await this.#connection();
      const text = "select pg_try_advisory_lock(hashtextextended($1, 0)) as locked";
      const [{ locked }] = await this.#ask(held.client, text, [id]);
      if (locked) return held;
    } catch (error) {
      this.#held.delete(id);
      throw error;
    }
    this.#held.delete(id);
    return undefined;
  }

  async #lock(id, signal, requestRelease) {
    const until = performance.now() + LONGEST;
    for (let round = 0; ; round += 1) {
      const held = await this.#try(id, requestRelease);
      if (held !== undefined) return held;
      if (signal.aborted) throw ERRORS.ERR_LOCK_TIMEOUT;
      if (performance.now() > until) return undefined;
      this.#held.get(id)?.requestRelease?.();
      if (round % ASK === 0)
        await this.#ask(await this.#connection(), "select pg_notify($1, $2)", [CHANNEL, id]);
      await sleep(AGAIN);
    }
  }

  async #unlock(id, held) {
    if (held === undefined) return;
    this.#held.delete(id);
    // A lock ends with its connection.
    if (held.client !== (await this.#client?.catch(() => undefined))) return;
    const text = "select pg_advisory_unlock(hashtextextended($1, 0))";
    await this.#ask(held.client, text, [id]).catch(() => undefined);
  }

  /** The interface that tus expects. */
  newLock(id) {
    let held;
    return {
      lock: async (signal, requestRelease) => {
        held = await this.#lock(id, signal, requestRelease);
      },
      unlock: () => this.#unlock(id, held),
    };
  }

  /** Run `work` while no other process works on the same ID. */
  async turn(id, work) {
    const held = await this.#lock(id, new AbortController().signal);
    try {
      return await work();
    } finally {
      await this.#unlock(id, held);
    }
  }

  /** Run `work`, or return undefined if another process is working on the same ID. */
  async alone(id, work) {
    const held = await this.#try(id);
    if (held === undefined) return undefined;
    try {
      return await work();
    } finally {
      await this.#unlock(id, held);
    }
  }

  async close() {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    client?.connection.stream.destroy(); // don't wait for a server that hangs
  }
}
