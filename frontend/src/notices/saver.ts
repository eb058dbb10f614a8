/** Saves changes to the home as they are made; undoes those that cannot be saved. */

import { failureOf, type Failure } from "../api/commands.ts";

/** Milliseconds in which changes are combined. */
const TOGETHER = 400;

export class Saver<T> {
  /** The displayed value, including unsaved changes. */
  value: T;
  failure: Failure | undefined;
  /** Whether the last change was saved. */
  saved = false;
  #kept: T;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | undefined;
  readonly #save: (value: T) => Promise<T>;
  readonly #changed: () => void;

  /** `save` returns the stored value. */
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

  /** Save pending changes immediately. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    // Wait for earlier saves, so that the last one wins.
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
