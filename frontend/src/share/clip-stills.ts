/** Images of a clip at the times that a person looks at. */

import { failureOf, type Failure, type Still } from "../api/commands.ts";

export class ClipStills {
  /** The time that the person looks at, in seconds. */
  at = 0;
  /** The last loaded image. */
  still: Still | undefined;
  failure: Failure | undefined;
  readonly #load: (at: number) => Promise<Still>;
  readonly #changed: () => void;
  #wanted: number | undefined;
  #isLoading = false;

  constructor(load: (at: number) => Promise<Still>, changed: () => void) {
    this.#load = load;
    this.#changed = changed;
  }

  /** Load one image at a time; then the one that is needed by then. */
  async look(at: number): Promise<void> {
    this.at = this.#wanted = at;
    this.#changed();
    if (this.#isLoading) return;
    this.#isLoading = true;
    while (this.#wanted !== undefined) {
      const wanted: number = this.#wanted;
      this.#wanted = undefined;
      try {
        this.still = await this.#load(wanted);
        this.failure = undefined;
      } catch (error) {
        this.failure = failureOf(error);
      }
      this.#changed();
    }
    this.#isLoading = false;
  }

  /** Load no more images. */
  stop(): void {
    this.#wanted = undefined;
  }
}
