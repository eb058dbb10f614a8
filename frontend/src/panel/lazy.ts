/** A part of the panel that is fetched when it is first opened. */

export class Lazy {
  state: "absent" | "coming" | "there" | "missing" = "absent";
  readonly #fetch: () => Promise<unknown>;
  readonly #changed: () => void;

  constructor(fetch: () => Promise<unknown>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Have it fetched, once. */
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
      // An update took away what the page that is open still asks for, or the home is gone.
      this.state = "missing";
    }
    this.#changed();
  }
}
