/** Distinguishes holding a button from a tap, which latches until the next tap. */

/** Shorter presses (milliseconds) are taps. */
const TAP = 350;

export class Hold {
  /** Latched: on without being held. */
  stays = false;
  #pressedAt: number | undefined;
  #tappedAt = -Infinity;
  /** This press ends the latch, so its release does nothing. */
  #ending = false;
  readonly #begin: () => void;
  readonly #end: () => void;

  constructor(begin: () => void, end: () => void) {
    this.#begin = begin;
    this.#end = end;
  }

  press(at: number): void {
    if (this.#pressedAt !== undefined) return;
    // Ignore an accidental double tap.
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

  /** Cancel the press: the finger left the button, or the action has ended. */
  drop(): void {
    this.#pressedAt = undefined;
    this.stays = false;
  }
}
