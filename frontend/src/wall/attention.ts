/** When a screen that is always on is bright, and which doorbells ring. */

import type { Live } from "../api/commands.ts";
import { Rings, type Ring } from "../live/rings.ts";

/** Milliseconds that the screen stays bright after a touch or a ring. */
const BRIGHT = 60_000;

export class Attention {
  bright = true;
  readonly #rings = new Rings();
  #until: number;

  constructor(now: number) {
    this.#until = now + BRIGHT;
  }

  /** Newest first. */
  get ringing(): readonly Ring[] {
    return this.#rings.ringing;
  }

  /** Update from the live state; return whether there is a new ring. */
  hear(lives: readonly Live[], now: number): boolean {
    const rang = this.#rings.hear(lives, now);
    if (rang) this.touch(now);
    return rang;
  }

  touch(now: number): void {
    this.#until = now + BRIGHT;
    this.bright = true;
  }

  /** Dismiss a ring. */
  put(doorbellId: string, now: number): void {
    this.#rings.put(doorbellId);
    this.touch(now);
  }

  /** Remove expired rings, and dim; `isAt`: whether the user is dealing with a ring. */
  pass(now: number, isAt: (doorbellId: string) => boolean): void {
    this.#rings.pass(now, isAt);
    if (this.ringing.length > 0) this.touch(now);
    else this.bright = now < this.#until;
  }
}
