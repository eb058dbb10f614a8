/** When a screen that is always on is bright, and which doorbells ring. */

import type { Live } from "../api/commands.ts";
import { Rings, type Ring } from "../live/rings.ts";

/** Milliseconds that the screen stays bright after a touch or a ring. */
const BRIGHT = 60_000;

export class Attention {
  bright = true;
  readonly #rings = new Rings();
  #lives: readonly Live[] = [];
  #until: number;
  /** The current touch only brightens. */
  #brightens = false;

  constructor(now: number) {
    this.#until = now + BRIGHT;
  }

  /** Newest first. */
  get ringing(): readonly Ring[] {
    return this.#rings.ringing;
  }

  /** The newest, unless the user talks at another one. */
  get front(): Ring | undefined {
    const talks = ({ doorbell_id }: Ring): boolean =>
      this.#lives.some(
        (live) => live.doorbell_id === doorbell_id && live.talker?.session_id,
      );
    return this.ringing.find(talks) ?? this.ringing[0];
  }

  /** Update from the live state; return whether there is a new ring. */
  hear(lives: readonly Live[], now: number): boolean {
    this.#lives = lives;
    const rang = this.#rings.hear(lives, now);
    if (rang) this.touch(now);
    return rang;
  }

  touch(now: number): void {
    this.#until = now + BRIGHT;
    this.bright = true;
  }

  /** A finger or mouse button was pressed. */
  press(now: number): void {
    this.#brightens = !this.bright;
    this.touch(now);
  }

  /** Whether the click of this press does nothing, because the screen was dim. */
  takesClick(): boolean {
    const takes = this.#brightens;
    this.#brightens = false;
    return takes;
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
