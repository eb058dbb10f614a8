/** Pictures of what a camera sees, one by one, fetched with the login of the page. */

import type { HomeAssistant } from "../ha/hass.ts";

/** As often as Home Assistant's own cards ask for a picture. */
const ANEW = 10_000;

export class Snapshots {
  /** Where the last one is. */
  source: string | undefined;
  missing = false;
  #looking = false;
  #lookedAt = -Infinity;
  /** What is on its way from before is not wanted. */
  #generation = 0;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Fetch one, when it is time for it. */
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
      this.missing = true;
    } finally {
      this.#looking = false;
    }
    this.#changed();
  }

  forget(): void {
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = undefined;
    this.#lookedAt = -Infinity;
    this.#generation += 1;
  }
}
