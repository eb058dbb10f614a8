/** Keeps at home what is changed bit by bit; a change that cannot be kept is taken back. */

import { failureOf, type Failure } from "../api/commands.ts";

/** Several changes in a row are one. */
const TOGETHER = 400;

export class Saver<T> {
  /** As it is shown: with what is not kept yet. */
  value: T;
  failure: Failure | undefined;
  /** What was changed last is kept. */
  saved = false;
  #kept: T;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | undefined;
  readonly #save: (value: T) => Promise<T>;
  readonly #changed: () => void;

  /** `save` answers what is kept then. */
  constructor(value: T, save: (value: T) => Promise<T>, changed: () => void) {
    this.value = value;
    this.#kept = value;
    this.#save = save;
    this.#changed = changed;
  }

  change(value: T): void {
    this.value = value;
    this.saved = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), TOGETHER);
    this.#changed();
  }

  /** Keep at once what is not kept yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    // One after the other: what comes last counts.
    while (this.#saving) await this.#saving;
    if (this.value === this.#kept) return;
    this.#saving = this.#keep(this.value);
    await this.#saving;
  }

  async #keep(value: T): Promise<void> {
    try {
      this.#kept = await this.#save(value);
      this.failure = undefined;
      if (this.value === value) {
        this.value = this.#kept;
        this.saved = true;
      }
    } catch (error) {
      this.failure = failureOf(error);
      clearTimeout(this.#timer);
      this.value = this.#kept;
    }
    this.#saving = undefined;
    this.#changed();
  }
}
