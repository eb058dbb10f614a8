/** A file that is prepared and shown in a dialog; only the latest attempt counts. */

import * as api from "../api/commands.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

export type Waiting =
  { name: "form" } | { name: "preparing"; stage: string; fraction: number };

type Progress = Extract<api.PrepareEvent, { type: "progress" | "error" }>;

export abstract class PrepareSession<
  Ready extends { type: "ready"; expires_in: number },
  Shown extends { name: string },
> {
  phase: Waiting | Shown = { name: "form" };
  failure: api.Failure | undefined;

  /** The error when the file is no longer kept. */
  protected abstract readonly expired: string;

  protected readonly connection: Connection;
  readonly #changed: () => void;
  // Each attempt starts a new round; results of older rounds are dropped.
  #round = 0;
  #subscription: Promise<Unsubscribe> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, changed: () => void) {
    this.connection = connection;
    this.#changed = changed;
    connection.addEventListener("disconnected", this.#disconnected);
  }

  /** Show the prepared file. */
  protected abstract show(ready: Ready): void;

  /** Prepare a file. Earlier results are dropped. */
  protected async start(
    subscribe: (callback: (event: Progress | Ready) => void) => Promise<Unsubscribe>,
  ): Promise<void> {
    this.drop();
    const current = this.round();
    this.failure = undefined;
    this.set({ name: "preparing", stage: "checking", fraction: 0 });
    const subscription = subscribe((event) => current() && this.#event(event));
    this.#subscription = subscription;
    try {
      await subscription;
    } catch (error) {
      if (current()) this.fail(api.failureOf(error));
    }
  }

  /** Return to the form; the file is dropped. */
  edit(): void {
    this.drop();
    this.failure = undefined;
    this.set({ name: "form" });
  }

  /** The dialog was closed. */
  close(): void {
    this.connection.removeEventListener("disconnected", this.#disconnected);
    this.drop();
    this.phase = { name: "form" };
  }

  #event(event: Progress | Ready): void {
    if (event.type === "progress") {
      this.set({ name: "preparing", stage: event.stage, fraction: event.fraction });
    } else if (event.type === "error") {
      this.fail(event);
    } else {
      this.#expiry = setTimeout(
        () => this.fail({ code: this.expired, message: "" }),
        event.expires_in * 1000,
      );
      this.show(event);
    }
  }

  readonly #disconnected = (): void => {
    if (!this.#subscription) return;
    // The subscription's ID is bound to the lost connection.
    this.#subscription = undefined;
    this.fail({ code: this.lost, message: "" });
  };

  /** The error when the connection is lost. */
  protected get lost(): string {
    return "connection_lost";
  }

  /** Return whether this is still the latest attempt. */
  protected round(): () => boolean {
    const round = this.#round;
    return () => round === this.#round;
  }

  protected fail({ code, message }: api.Failure): void {
    this.drop();
    this.failure = { code, message };
    this.set({ name: "form" });
  }

  protected drop(): void {
    this.#round += 1;
    this.stopExpiry();
    this.unsubscribe();
  }

  protected stopExpiry(): void {
    clearTimeout(this.#expiry);
  }

  protected unsubscribe(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    void subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  protected set(phase: Waiting | Shown): void {
    this.phase = phase;
    this.#changed();
  }
}
