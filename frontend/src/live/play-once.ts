/** Starts live view in tiles, once in each. */

import type { Still } from "./still.ts";

export class PlayOnce {
  readonly #begun = new WeakSet<Still>();

  play(stills: Iterable<Still>): void {
    for (const still of stills) {
      if (this.#begun.has(still)) continue;
      this.#begun.add(still);
      void still.updateComplete.then(() => still.play({ dialog: false }));
    }
  }
}
