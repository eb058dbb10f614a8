/** A copy that is prepared, shown, and handed to another app or downloaded. */

import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

export type Copy = Extract<api.CopyEvent, { type: "ready" }>;

export type SendPhase =
  | { name: "form" }
  | { name: "preparing"; stage: string; fraction: number }
  | {
      name: "ready";
      copy: Copy;
      /** The copy itself, if this browser can hand it to other apps. */
      file: File | undefined;
      /** The URL to play. */
      source: string;
    };

/** The part of `navigator` that hands files to other apps; absent over http and in some apps. */
export interface Sharer {
  canShare?(data: { files: File[] }): boolean;
  share?(data: { files: File[] }): Promise<void>;
}

const canPassOn = (sharer: Sharer, file: File): boolean =>
  sharer.share !== undefined && sharer.canShare?.({ files: [file] }) === true;

/** The person closed the choice of apps. */
const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

const asFile = (content: Blob[], { name }: Copy): File =>
  new File(content, name, { type: "video/mp4" });

export class SendSession {
  phase: SendPhase = { name: "form" };
  failure: api.Failure | undefined;
  /** Whether the person is choosing an app. */
  choosing = false;
  /** Whether an app took the copy. */
  passedOn = false;

  readonly #connection: Connection;
  readonly #urlOf: (path: string) => string;
  readonly #changed: () => void;
  readonly #sharer: Sharer;
  // Each prepare starts a new round; results of older rounds are dropped.
  #round = 0;
  #subscription: Promise<Unsubscribe> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    connection: Connection,
    urlOf: (path: string) => string,
    changed: () => void,
    sharer: Sharer = navigator,
  ) {
    this.#connection = connection;
    this.#urlOf = urlOf;
    this.#changed = changed;
    this.#sharer = sharer;
    connection.addEventListener("disconnected", this.#disconnected);
  }

  async prepare(request: api.CopyRequest): Promise<void> {
    this.#drop();
    const round = this.#round;
    const current = (): boolean => round === this.#round;
    this.failure = undefined;
    this.#set({ name: "preparing", stage: "checking", fraction: 0 });
    const subscription = shareApi.prepareCopy(
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

  /**
   * Let the person choose an app for the copy.
   *
   * Browsers allow this only right after a tap, so the file must be here already.
   */
  async send(): Promise<void> {
    if (this.phase.name !== "ready" || !this.phase.file || this.choosing) return;
    const round = this.#round;
    let failure: api.Failure | undefined;
    try {
      const chosen = this.#sharer.share?.({ files: [this.phase.file] });
      this.choosing = true;
      this.failure = undefined;
      this.#changed();
      await chosen;
      this.passedOn = true;
    } catch (error) {
      if (!isAbort(error)) failure = { code: "not_passed_on", message: "" };
    }
    if (round !== this.#round) return;
    this.choosing = false;
    this.failure = failure;
    this.#changed();
  }

  /** Return to the form. */
  edit(): void {
    this.#drop();
    this.failure = undefined;
    this.#set({ name: "form" });
  }

  close(): void {
    this.#connection.removeEventListener("disconnected", this.#disconnected);
    this.#drop();
    this.phase = { name: "form" };
  }

  #event(event: api.CopyEvent): void {
    if (event.type === "ready") void this.#show(event);
    else if (event.type === "error") this.#fail({ code: event.code, message: "" });
    else this.#set({ name: "preparing", stage: event.stage, fraction: event.fraction });
  }

  async #show(copy: Copy): Promise<void> {
    const round = this.#round;
    this.#unsubscribe();
    this.#expiry = setTimeout(
      () => this.#fail({ code: "copy_expired", message: "" }),
      copy.expires_in * 1000,
    );
    const url = this.#urlOf(copy.url);
    const file = await this.#fetch(copy, url);
    if (round !== this.#round) return;
    const source = file ? URL.createObjectURL(file) : url;
    this.#set({ name: "ready", copy, file, source });
  }

  /** Fetch the copy if this browser can hand it to other apps; else it is downloaded. */
  async #fetch(copy: Copy, url: string): Promise<File | undefined> {
    if (!canPassOn(this.#sharer, asFile([], copy))) return undefined;
    this.#set({ name: "preparing", stage: "loading", fraction: 1 });
    try {
      const response = await fetch(url, { cache: "no-store" });
      const file = asFile([await response.blob()], copy);
      return response.ok && canPassOn(this.#sharer, file) ? file : undefined;
    } catch {
      return undefined;
    }
  }

  /** A copy that is ready stays in the home, also without a connection. */
  readonly #disconnected = (): void => {
    if (this.phase.name !== "preparing" || !this.#subscription) return;
    // The subscription's ID is bound to the lost connection.
    this.#subscription = undefined;
    this.#fail({ code: "connection_lost", message: "" });
  };

  #fail(failure: api.Failure): void {
    this.#drop();
    this.failure = failure;
    this.#set({ name: "form" });
  }

  #drop(): void {
    this.#round += 1;
    this.choosing = false;
    this.passedOn = false;
    clearTimeout(this.#expiry);
    this.#unsubscribe();
    if (this.phase.name === "ready" && this.phase.file)
      URL.revokeObjectURL(this.phase.source);
  }

  #unsubscribe(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    void subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  #set(phase: SendPhase): void {
    this.phase = phase;
    this.#changed();
  }
}
