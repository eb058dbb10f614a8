/** A preview in progress: requested, followed, canceled when no one waits for it. */

import * as api from "../api/commands.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

export type PreviewPhase =
  | { name: "none" }
  | { name: "making"; fraction: number }
  | { name: "ready"; url: string }
  | { name: "failed"; failure: api.Failure };

export class PreviewMaker {
  phase: PreviewPhase = { name: "none" };

  readonly #changed: () => void;
  #round = 0;
  #subscription: Promise<Unsubscribe> | undefined;
  #connection: Connection | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  async make(connection: Connection, clipId: string): Promise<void> {
    this.stop();
    const round = this.#round;
    const current = (): boolean => round === this.#round;
    this.#set({ name: "making", fraction: 0 });
    this.#connection = connection;
    connection.addEventListener("disconnected", this.#disconnected);
    this.#subscription = api.makePreview(
      connection,
      (event) => current() && this.#event(event),
      clipId,
    );
    try {
      await this.#subscription;
    } catch (error) {
      if (current()) this.#fail(api.failureOf(error));
    }
  }

  /** Unsubscribe, which cancels the preview unless others wait for it. */
  stop(): void {
    this.#leave();
    if (this.phase.name !== "none") this.#set({ name: "none" });
  }

  #event(event: api.PreviewEvent): void {
    if (event.type === "progress") {
      this.#set({ name: "making", fraction: event.fraction });
    } else if (event.type === "ready") {
      this.#leave();
      this.#set({ name: "ready", url: event.url });
    } else {
      this.#fail({ code: event.code, message: event.message });
    }
  }

  readonly #disconnected = (): void => {
    // Its ID is not valid on the next connection.
    this.#subscription = undefined;
    this.#fail({ code: "preview_lost", message: "" });
  };

  #fail(failure: api.Failure): void {
    this.#leave();
    this.#set({ name: "failed", failure });
  }

  #leave(): void {
    this.#round += 1;
    this.#connection?.removeEventListener("disconnected", this.#disconnected);
    this.#connection = undefined;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    void subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  #set(phase: PreviewPhase): void {
    this.phase = phase;
    this.#changed();
  }
}
