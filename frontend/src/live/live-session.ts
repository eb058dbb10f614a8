/** Live view of one doorbell: whether the user wants it, and how it goes. */

import { isOver, type Showing } from "../ha/camera-stream.ts";

export class LiveSession {
  wanted = false;
  /** What the player reports; undefined without a player. */
  showing: Showing | undefined;
  isMuted = true;
  readonly #changed: () => void;
  readonly #toggled: () => void;

  /** `toggled`: called when it was started or ended. */
  constructor(changed: () => void, toggled: () => void) {
    this.#changed = changed;
    this.#toggled = toggled;
  }

  start(): void {
    if (this.wanted) return;
    this.showing = undefined;
    this.#want(true);
  }

  /** Return to the still. */
  end(): void {
    if (this.showing !== undefined) this.#changed();
    this.showing = undefined;
    if (this.wanted) this.#want(false);
  }

  /** What the player reports. Return whether live view is over; the reason is kept. */
  hear(showing: Showing): boolean {
    this.showing = showing;
    this.#changed();
    if (!isOver(showing)) return false;
    if (this.wanted) this.#want(false);
    return true;
  }

  /** The live view is not visible, so nothing plays. */
  pause(): void {
    if (this.wanted) this.showing = undefined;
  }

  mute(isMuted: boolean): void {
    this.isMuted = isMuted;
    this.#changed();
  }

  #want(wanted: boolean): void {
    this.wanted = wanted;
    this.#toggled();
  }
}
