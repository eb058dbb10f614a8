/** A part of the panel that is loaded when it is first opened. */

export class Lazy {
  state: "absent" | "coming" | "there" | "missing" = "absent";
  readonly #fetch: () => Promise<unknown>;
  readonly #changed: () => void;

  constructor(fetch: () => Promise<unknown>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Load it, once. */
  want(): this {
    if (this.state === "absent") {
      this.state = "coming";
      void this.#get();
    }
    return this;
  }

  async #get(): Promise<void> {
    try {
      await this.#fetch();
      this.state = "there";
    } catch {
      // The open page is from before an update, or the home is not reachable.
      this.state = "missing";
    }
    this.#changed();
  }
}
