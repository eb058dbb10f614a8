/** Holding a button, or a tap that stays until the next: which of the two a press is. */

/** Shorter presses are taps. */
const TAP = 350;

export class Hold {
  /** It stays on although nobody holds the button. */
  stays = false;
  #pressedAt: number | undefined;
  #tappedAt = -Infinity;
  /** This press ends what stayed; letting go of it means nothing. */
  #ending = false;
  readonly #begin: () => void;
  readonly #end: () => void;

  constructor(begin: () => void, end: () => void) {
    this.#begin = begin;
    this.#end = end;
  }

  press(at: number): void {
    if (this.#pressedAt !== undefined) return;
    // A hand that trembles taps twice.
    if (this.stays && at - this.#tappedAt < TAP) return;
    this.#pressedAt = at;
    this.#ending = this.stays;
    this.stays = false;
    if (this.#ending) this.#end();
    else this.#begin();
  }

  release(at: number): void {
    if (this.#pressedAt === undefined) return;
    const tapped = at - this.#pressedAt < TAP;
    this.#pressedAt = undefined;
    if (this.#ending) return;
    this.stays = tapped;
    this.#tappedAt = at;
    if (!tapped) this.#end();
  }

  /** The press is not one any more: the finger slid away, or what was begun is over. */
  drop(): void {
    this.#pressedAt = undefined;
    this.stays = false;
  }
}
