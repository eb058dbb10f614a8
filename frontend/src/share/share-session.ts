/** One session of the share dialog: what is prepared, what was shown, and the tap. */

import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

export type Phase =
  | { name: "form" }
  | { name: "preparing"; stage: string; fraction: number }
  | { name: "ready"; ready: Ready; expiresAt: number; seen: boolean }
  | { name: "tapped"; ready: Ready }
  | { name: "sent"; ready: Ready; shareId: string };

export type Ready = Extract<api.PrepareEvent, { type: "ready" }>;

/** It is unknown whether the tap arrived; the list of shares shows it. */
const LOST_AFTER_TAP: api.Failure = { code: "connection_lost_after_tap", message: "" };

export class ShareSession {
  phase: Phase = { name: "form" };
  failure: api.Failure | undefined;

  readonly #connection: Connection;
  readonly #changed: () => void;
  #request: api.PrepareRequest | undefined;
  // Each prepare starts a new round; events of older rounds are dropped, their subscription
  // closed.
  #round = 0;
  #subscription: Promise<Unsubscribe> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, changed: () => void) {
    this.#connection = connection;
    this.#changed = changed;
    connection.addEventListener("disconnected", this.#disconnected);
  }

  /** Request the exact file and notice. Earlier results are dropped. */
  async prepare(request: api.PrepareRequest): Promise<void> {
    this.#drop();
    const round = this.#round;
    const current = (): boolean => round === this.#round;
    this.#request = request;
    this.failure = undefined;
    this.#set({ name: "preparing", stage: "checking", fraction: 0 });
    const subscription = shareApi.prepare(
      this.#connection,
      (event) => current() && this.#event(event),
      request,
    );
    this.#subscription = subscription;
    try {
      await subscription;
    } catch (error) {
      if (current()) this.#fail(api.failureOf(error));
    }
  }

  /** Return to the form; confirmation and staged file are dropped. */
  edit(): void {
    this.#drop();
    this.failure = undefined;
    this.#set({ name: "form" });
  }

  /** The preview showed an image. */
  pictureShown(): void {
    if (this.phase.name === "ready" && !this.phase.seen)
      this.#set({ ...this.phase, seen: true });
  }

  /** Confirm. Only a real tap on something that was shown has an effect. */
  async share(event: Event): Promise<void> {
    if (!event.isTrusted || this.phase.name !== "ready" || !this.#request) return;
    const { ready, seen } = this.phase;
    if (!seen) return;
    clearTimeout(this.#expiry);
    this.#set({ name: "tapped", ready });
    const { clip_id, agency_id } = this.#request;
    const round = this.#round;
    try {
      const shareId = await shareApi.shareClip(this.#connection, {
        clip_id,
        agency_id,
        confirmation: ready.confirmation,
      });
      if (round !== this.#round) return;
      this.#unsubscribe();
      this.#set({ name: "sent", ready, shareId });
    } catch (error) {
      if (round !== this.#round) return;
      const failure = api.failureOf(error);
      this.#fail(failure.code === "connection_lost" ? LOST_AFTER_TAP : failure);
    }
  }

  /** The dialog was closed. Unconfirmed results are dropped; a confirmed share continues. */
  close(): void {
    this.#connection.removeEventListener("disconnected", this.#disconnected);
    this.#drop();
    this.phase = { name: "form" };
  }

  #event(event: api.PrepareEvent): void {
    if (event.type === "progress") {
      this.#set({ name: "preparing", stage: event.stage, fraction: event.fraction });
    } else if (event.type === "error") {
      this.#fail({ code: event.code, message: "" });
    } else {
      const lifetime = event.expires_in * 1000;
      this.#expiry = setTimeout(
        () => this.#fail({ code: "expired", message: "" }),
        lifetime,
      );
      this.#set({
        name: "ready",
        ready: event,
        expiresAt: performance.now() + lifetime,
        seen: false,
      });
    }
  }

  readonly #disconnected = (): void => {
    if (this.phase.name === "form" || this.phase.name === "sent") return;
    // Confirmation and subscription ID are bound to the lost connection.
    this.#subscription = undefined;
    this.#fail(
      this.phase.name === "tapped"
        ? LOST_AFTER_TAP
        : { code: "connection_lost", message: "" },
    );
  };

  #fail(failure: api.Failure): void {
    this.#drop();
    this.failure = failure;
    this.#set({ name: "form" });
  }

  #drop(): void {
    this.#round += 1;
    clearTimeout(this.#expiry);
    this.#unsubscribe();
  }

  #unsubscribe(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    void subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  #set(phase: Phase): void {
    this.phase = phase;
    this.#changed();
  }
}
