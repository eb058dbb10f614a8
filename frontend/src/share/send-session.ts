/** A copy that is prepared, shown, and handed to another app or downloaded. */

import type * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import type { Connection } from "../ha/hass.ts";
import { PrepareSession } from "./prepare-session.ts";

export type Copy = Extract<api.CopyEvent, { type: "ready" }>;

export interface ReadyCopy {
  name: "ready";
  copy: Copy;
  /** The copy itself, if this browser can hand it to other apps. */
  file: File | undefined;
  /** The URL to play. */
  source: string;
}

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

export class SendSession extends PrepareSession<Copy, ReadyCopy> {
  protected override readonly expired = "copy_expired";
  /** Whether the person is choosing an app. */
  choosing = false;
  /** Whether an app took the copy. */
  passedOn = false;

  readonly #urlOf: (path: string) => string;
  readonly #sharer: Sharer;

  constructor(
    connection: Connection,
    urlOf: (path: string) => string,
    changed: () => void,
    sharer: Sharer = navigator,
  ) {
    super(connection, changed);
    this.#urlOf = urlOf;
    this.#sharer = sharer;
  }

  prepare(request: api.CopyRequest): Promise<void> {
    return this.start((callback) =>
      shareApi.prepareCopy(this.connection, callback, request),
    );
  }

  /**
   * Let the person choose an app for the copy.
   *
   * Browsers allow this only right after a tap, so the file must be here already.
   */
  async send(): Promise<void> {
    if (this.phase.name !== "ready" || !this.phase.file || this.choosing) return;
    const current = this.round();
    let failure: api.Failure | undefined;
    try {
      const chosen = this.#sharer.share?.({ files: [this.phase.file] });
      this.choosing = true;
      this.failure = undefined;
      this.set(this.phase);
      await chosen;
      this.passedOn = current();
    } catch (error) {
      if (!isAbort(error)) failure = { code: "not_passed_on", message: "" };
    }
    if (!current()) return;
    this.choosing = false;
    this.failure = failure;
    this.set(this.phase);
  }

  /** The copy stays in the home for now, also without the connection. */
  protected override show(copy: Copy): void {
    this.unsubscribe();
    void this.#load(copy);
  }

  async #load(copy: Copy): Promise<void> {
    const current = this.round();
    const url = this.#urlOf(copy.url);
    const file = await this.#fetch(copy, url);
    if (!current()) return;
    const source = file ? URL.createObjectURL(file) : url;
    this.set({ name: "ready", copy, file, source });
  }

  /** Fetch the copy if this browser can hand it to other apps; else it is downloaded. */
  async #fetch(copy: Copy, url: string): Promise<File | undefined> {
    if (!canPassOn(this.#sharer, asFile([], copy))) return undefined;
    this.set({ name: "preparing", stage: "loading", fraction: 1 });
    try {
      const response = await fetch(url, { cache: "no-store" });
      const file = asFile([await response.blob()], copy);
      return response.ok && canPassOn(this.#sharer, file) ? file : undefined;
    } catch {
      return undefined;
    }
  }

  protected override drop(): void {
    super.drop();
    this.choosing = false;
    this.passedOn = false;
    if (this.phase.name === "ready" && this.phase.file)
      URL.revokeObjectURL(this.phase.source);
  }
}
