/** Images of a camera, fetched one at a time with the page's login. */

import type { HomeAssistant } from "../ha/hass.ts";

/** The interval of Home Assistant's own cards, in milliseconds. */
const ANEW = 10_000;

export class Snapshots {
  /** The URL of the last image. */
  source: string | undefined;
  missing = false;
  #looking = false;
  #lookedAt = -Infinity;
  /** Identifies the current camera; results for earlier ones are dropped. */
  #generation = 0;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether an image was fetched, or the request failed. */
  get isTried(): boolean {
    return this.source !== undefined || this.missing;
  }

  /** Fetch an image if it is due. */
  async look(hass: HomeAssistant, entity: string): Promise<void> {
    if (this.#looking || performance.now() - this.#lookedAt < ANEW) return;
    this.#looking = true;
    const generation = this.#generation;
    this.#lookedAt = performance.now();
    try {
      const response = await hass.fetchWithAuth(`/api/camera_proxy/${entity}`);
      if (!response.ok) throw new Error(response.statusText);
      const picture = await response.blob();
      if (generation !== this.#generation) return;
      const source = URL.createObjectURL(picture);
      if (this.source) URL.revokeObjectURL(this.source);
      this.source = source;
      this.missing = false;
    } catch {
      if (generation !== this.#generation) return;
      this.missing = true;
    } finally {
      this.#looking = false;
    }
    this.#changed();
  }

  forget(): void {
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = undefined;
    this.missing = false;
    this.#lookedAt = -Infinity;
    this.#generation += 1;
  }
}
