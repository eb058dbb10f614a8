// Locks that several intakes share: advisory locks of PostgreSQL, held by one connection of
// this process. They end with that connection, so a process that died blocks no one, and no
// clock decides. They only keep two writers from wasting each other's work: that a late one
// changes nothing is the record's part (writing.js).

import { setTimeout as sleep } from "node:timers/promises";
import { ERRORS, MemoryLocker } from "@tus/server";
import pg from "pg";

const LONGEST = 30_000; // milliseconds to wait for a lock, like the locker of tus
const AGAIN = 100;
const CHANNEL = "doorwatch_release";

export class SharedLocker {
  #client; // a promise of the connection
  #closed = false;
  #config;
  #held = new Map(); // id: the connection that has it, and what asks its request to end
  #local = new MemoryLocker(); // one connection may have a lock twice
  #log;

  constructor({ config, log }) {
    this.#config = config;
    this.#log = log;
  }

  #connection() {
    this.#client ??= this.#connect().catch((error) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #connect() {
    const client = new pg.Client(this.#config);
    const lost = () => {
      if (!this.#closed) this.#log.often("error locks lost");
      this.#client = undefined;
      for (const held of this.#held.values()) {
        if (held.client !== client) continue;
        held.lost = true;
        held.requestRelease();
      }
    };
    client.once("error", lost);
    client.on("error", () => undefined);
    client.on("notification", ({ payload }) => this.#held.get(payload)?.requestRelease());
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    return client;
  }

  /** Ask, or give up the connection with all of its locks: no one knows what it did. */
  async #ask(client, text, values) {
    try {
      return await client.query(text, values);
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
  }

  async #try(id) {
    const client = await this.#connection();
    const text = "select pg_try_advisory_lock(hashtextextended($1, 0)) as locked";
    const { rows } = await this.#ask(client, text, [id]);
    return rows[0].locked ? client : undefined;
  }

  async #lock(id, signal, requestRelease) {
    const until = performance.now() + LONGEST;
    for (let round = 0; ; round += 1) {
      const client = await this.#try(id);
      if (client !== undefined) {
        this.#held.set(id, { client, requestRelease });
        return;
      }
      if (signal.aborted || performance.now() > until) throw ERRORS.ERR_LOCK_TIMEOUT;
      if (round % 10 === 0)
        await this.#ask(await this.#connection(), "select pg_notify($1, $2)", [CHANNEL, id]);
      await sleep(AGAIN);
    }
  }

  async #unlock(id) {
    const held = this.#held.get(id);
    this.#held.delete(id);
    // Where the connection is gone, so is the lock.
    if (held === undefined || held.lost) return;
    const text = "select pg_advisory_unlock(hashtextextended($1, 0))";
    await this.#ask(held.client, text, [id]).catch(() => undefined);
  }

  /** As tus wants it. */
  newLock(id) {
    const local = this.#local.newLock(id);
    return {
      lock: async (signal, requestRelease) => {
        await local.lock(signal, requestRelease);
        try {
          await this.#lock(id, signal, requestRelease);
        } catch (error) {
          await local.unlock();
          throw error;
        }
      },
      unlock: async () => {
        await this.#unlock(id);
        await local.unlock();
      },
    };
  }

  /** Do something when no other process does anything with it. */
  async turn(id, work) {
    const lock = this.newLock(id);
    await lock.lock(new AbortController().signal, () => undefined);
    try {
      return await work();
    } finally {
      await lock.unlock();
    }
  }

  /** Do something, or leave it to the one who does something with it. */
  async alone(id, work) {
    if (this.#local.locks.has(id)) return undefined;
    const local = this.#local.newLock(id);
    await local.lock(new AbortController().signal, () => undefined);
    try {
      const client = await this.#try(id);
      if (client === undefined) return undefined;
      this.#held.set(id, { client, requestRelease: () => undefined });
      try {
        return await work();
      } finally {
        await this.#unlock(id);
      }
    } finally {
      await local.unlock();
    }
  }

  async close() {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }
}
