/** Data that is read over the connection, and read again after a reconnect. */

import type { Connection, Unsubscribe } from "../ha/hass.ts";
import { failureOf, type Failure } from "./commands.ts";

export type LiveStatus = "loading" | "ready" | "error";

const FIRST_RETRY = 2_000;
const LAST_RETRY = 30_000;

/** One reading: from a start or a reconnect until the next, or the end. */
export interface Reading {
  connection: Connection;
  /** Whether this is still the current reading. */
  current: () => boolean;
  /** Keep a subscription as long as this reading is current. */
  keep: (subscription: Promise<Unsubscribe>) => Promise<void>;
}

export abstract class Live {
  status: LiveStatus = "loading";
  failure: Failure | undefined;

  readonly #changed: () => void;
  #connection: Connection | undefined;
  #unsubscribers: Unsubscribe[] = [];
  // Each start and each lost connection begins a new generation; older answers are dropped.
  #generation = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #retryDelay = FIRST_RETRY;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Subscribe and list; results of outdated readings are dropped. */
  protected abstract read(reading: Reading): Promise<void>;

  protected get connection(): Connection | undefined {
    return this.#connection;
  }

  protected changed(): void {
    this.#changed();
  }

  protected begin(connection: Connection): void {
    this.stop();
    this.#connection = connection;
    this.#retryDelay = FIRST_RETRY;
    this.status = "loading";
    connection.addEventListener("ready", this.#reconnected);
    connection.addEventListener("disconnected", this.#disconnected);
    void this.#read();
  }

  stop(): void {
    this.#connection?.removeEventListener("ready", this.#reconnected);
    this.#connection?.removeEventListener("disconnected", this.#disconnected);
    this.#connection = undefined;
    this.#leave();
  }

  /** Read again immediately after an error. */
  retry(): void {
    this.#retryDelay = FIRST_RETRY;
    this.#leave();
    this.status = "loading";
    this.#changed();
    void this.#read();
  }

  /** Run an asynchronous task; return undefined if the reading is outdated by then. */
  protected async within<T>(
    act: (connection: Connection) => Promise<T>,
  ): Promise<T | undefined> {
    const connection = this.#connection;
    if (!connection) return undefined;
    const generation = this.#generation;
    try {
      const answer = await act(connection);
      return generation === this.#generation ? answer : undefined;
    } catch (error) {
      if (generation === this.#generation) throw error;
      return undefined;
    }
  }

  readonly #reconnected = (): void => {
    this.#retryDelay = FIRST_RETRY;
    this.#leave();
    void this.#read();
  };

  readonly #disconnected = (): void => {
    // Subscription IDs may belong to others on the next connection.
    this.#unsubscribers = [];
    this.#leave();
  };

  #leave(): void {
    this.#generation += 1;
    clearTimeout(this.#retryTimer);
    for (const unsubscribe of this.#unsubscribers) {
      void unsubscribe().catch(() => undefined);
    }
    this.#unsubscribers = [];
  }

  async #read(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const generation = this.#generation;
    const current = (): boolean => generation === this.#generation;
    const keep = async (subscription: Promise<Unsubscribe>): Promise<void> => {
      const unsubscribe = await subscription;
      if (current()) this.#unsubscribers.push(unsubscribe);
      else await unsubscribe().catch(() => undefined);
    };
    try {
      await this.read({ connection, current, keep });
      if (!current()) return;
      this.status = "ready";
      this.failure = undefined;
      this.#retryDelay = FIRST_RETRY;
    } catch (error) {
      if (!current()) return;
      this.#leave();
      this.status = "error";
      this.failure = failureOf(error);
      // The integration may still be starting: retry with increasing delays.
      this.#retryTimer = setTimeout(() => void this.#read(), this.#retryDelay);
      this.#retryDelay = Math.min(this.#retryDelay * 2, LAST_RETRY);
    }
    this.#changed();
  }
}
