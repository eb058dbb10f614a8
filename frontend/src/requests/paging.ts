/** How many items of each list are shown. */

/** The number of items shown first, and added by each press on *Show more*. */
const PAGE = 10;

export class Paging {
  readonly #shown = new Map<string, number>();

  shown(key: string): number {
    return this.#shown.get(key) ?? PAGE;
  }

  /** The number of items that the next press adds to a list of this length. */
  next(key: string, length: number): number {
    return Math.max(0, Math.min(PAGE, length - this.shown(key)));
  }

  /** Show another page; return the index of its first item. */
  more(key: string): number {
    const first = this.shown(key);
    this.#shown.set(key, first + PAGE);
    return first;
  }
}
