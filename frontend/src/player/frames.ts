/** The times of a video's frames, as far as they were shown. */

/** Seconds between two frames until they are known. */
const USUAL = 1 / 25;
/** A longer distance is a pause or a seek. */
const LONGEST = 0.5;
const SHORTEST = 1 / 240;

export class Frames {
  #at: number | undefined;
  #length: number | undefined;

  /** The frame of this time is on the screen. */
  shown(at: number): void {
    const distance = at - (this.#at ?? at);
    if (distance >= SHORTEST && distance <= LONGEST)
      this.#length = Math.min(this.#length ?? distance, distance);
    this.#at = at;
  }

  /** A time within the next or the previous frame. */
  beside(now: number, direction: -1 | 1): number {
    const length = this.#length ?? USUAL;
    const at = this.#at ?? now;
    if (direction < 0) return Math.max(0, Math.min(at, now) - length / 2);
    return Math.max(at + length / 2, now) + length;
  }
}
