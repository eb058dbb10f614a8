/** The search field of Today: whether it is open, and what is typed in it. */

/** Milliseconds after the last key. */
const TYPED = 300;

export class Search {
  /** The current content of the field. */
  words = "";
  readonly #changed: () => void;
  readonly #search: (words: string) => void;
  #opened = false;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void, search: (words: string) => void) {
    this.#changed = changed;
    this.#search = search;
  }

  get isOpen(): boolean {
    return this.#opened || this.words !== "";
  }

  /** Take over the words of the URL, unless the user is typing. */
  follow(words: string): void {
    if (this.#typing === undefined && words !== this.words.trim()) this.words = words;
  }

  open(): void {
    this.#opened = true;
    this.#changed();
  }

  type(words: string): void {
    this.words = words;
    this.#opened = true;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#typing = undefined;
      this.#search(this.words.trim());
    }, TYPED);
    this.#changed();
  }

  /** Close the field, and search for nothing. */
  close(): void {
    const searched = this.words !== "";
    this.stop("");
    this.#opened = false;
    if (searched) this.#search("");
    this.#changed();
  }

  /** Forget what was typed since the last search. */
  stop(words: string): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
    this.words = words;
  }
}
