// Locks that several intakes share: advisory locks of PostgreSQL, held by one connection of
// this process. They end with that connection, so a process that died blocks no one, and no
// clock decides. They only keep two writers from wasting each other's work: that a late one
// changes nothing is the record's part (writing.js). So whoever loses a lock goes on, and who
// waited for long enough goes on without: the other one may be frozen.

import { setTimeout as sleep } from "node:timers/promises";
import { ERRORS } from "@tus/server";
import pg from "pg";
import { about } from "./away.js";

const LONGEST = 10_000; // milliseconds to wait for a lock
const AGAIN = 50;
const ASK = 20; // every so many tries, ask the other intakes to end what they do
const CHANNEL = "doorwatch_release";

export class SharedLocker {
  #client; // a promise of the connection
  #closed = false;
  #config;
  #held = new Map(); // id: the connection that has it, and what asks its request to end
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
    client.on("error", () => undefined); // its end follows
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

  /** Ask, or give up the connection with all of its locks: no one knows what it did. */
  async #ask(client, text, values) {
    try {
      return (await client.query(text, values)).rows;
    } catch (error) {
      client.connection.stream.destroy();
      return about("database")(error);
    }
  }

  /** Take a lock that is free; undefined when it isn't. */
  async #try(id, requestRelease) {
    if (this.#held.has(id)) return undefined; // one connection may have a lock twice
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
    // Where the connection is gone, so is the lock.
    if (held.client !== (await this.#client?.catch(() => undefined))) return;
    const text = "select pg_advisory_unlock(hashtextextended($1, 0))";
    await this.#ask(held.client, text, [id]).catch(() => undefined);
  }

  /** As tus wants it. */
  newLock(id) {
    let held;
    return {
      lock: async (signal, requestRelease) => {
        held = await this.#lock(id, signal, requestRelease);
      },
      unlock: () => this.#unlock(id, held),
    };
  }

  /** Do something when no other process does anything with it. */
  async turn(id, work) {
    const held = await this.#lock(id, new AbortController().signal);
    try {
      return await work();
    } finally {
      await this.#unlock(id, held);
    }
  }

  /** Do something, or leave it to the one who does something with it. */
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
    client?.connection.stream.destroy(); // one that is frozen would never say goodbye
  }
}
