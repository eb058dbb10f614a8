/** Something about a clip that is fetched when it is first needed. */

import type { Connection } from "../ha/hass.ts";

export class OfClip<T> {
  #clipId: string | undefined;
  #found: T | undefined;
  readonly #fetch: (connection: Connection, clipId: string) => Promise<T>;
  readonly #changed: () => void;

  constructor(
    fetch: (connection: Connection, clipId: string) => Promise<T>,
    changed: () => void,
  ) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Fetch it for a clip, once. After a failure, the next call tries again. */
  async want(connection: Connection, clipId: string): Promise<void> {
    if (clipId === this.#clipId) return;
    this.#clipId = clipId;
    this.#found = undefined;
    try {
      const found = await this.#fetch(connection, clipId);
      if (clipId !== this.#clipId) return;
      this.#found = found;
      this.#changed();
    } catch {
      if (clipId === this.#clipId) this.#clipId = undefined;
    }
  }

  /** Undefined for another clip, and until it is there. */
  get(clipId: string): T | undefined {
    return clipId === this.#clipId ? this.#found : undefined;
  }
}
