/** Shows what is below the doorbells at once, so that nothing moves while the page loads. */

const PARTS = ["home", "clips", "chips", "day", "hint"] as const;
type Part = (typeof PARTS)[number];

/** Milliseconds that the loaded parts wait for the others: longer than a home takes. */
const PATIENCE = 1_500;

export class Opening {
  readonly #changed: () => void;
  readonly #missing = new Set<Part>(PARTS);
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isDone(): boolean {
    return this.#missing.size === 0;
  }

  /** Whether the doorbells of the home are known. */
  get hasHome(): boolean {
    return !this.#missing.has("home");
  }

  /** Report the parts that are loaded, or failed to load. */
  know(loaded: Readonly<Record<Part, boolean>>): void {
    for (const part of PARTS) if (loaded[part]) this.#missing.delete(part);
    if (this.isDone) this.stop();
    else if (this.hasHome)
      this.#patience ??= setTimeout(() => {
        this.#missing.clear();
        this.#changed();
      }, PATIENCE);
  }

  stop(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }
}
