/**
 * Pictures are fetched a few at a time, and none while so much goes by that nobody could see it:
 * each costs a request, and the browser a moment in which nothing moves.
 */

/** Room is left for what is played, in the few connections that browsers have to a home. */
const AT_ONCE = 4;
/** Milliseconds. */
const WHILE = 100;
/** Screens in that time. */
const FAST = 0.3;

export class PictureQueue {
  readonly #waiting = new Set<() => void>();
  readonly #restless = new Set<() => void>();
  #under = 0;
  #moved = 0;
  #hurries = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Wait for a turn; the answer gives it back. Who does not want it any more gives up by signal. */
  async turn(signal: AbortSignal): Promise<() => void> {
    if (this.#hurries || this.#under >= AT_ONCE)
      await new Promise<void>((begin, giveUp) => {
        this.#waiting.add(begin);
        signal.addEventListener("abort", () => {
          if (this.#waiting.delete(begin)) giveUp(signal.reason as Error);
        });
      });
    else this.#under += 1;
    return () => {
      this.#under -= 1;
      this.#next();
    };
  }

  /** Do something once nothing goes by fast; the answer lets it be. */
  whenCalm(act: () => void): () => void {
    if (this.#hurries) this.#restless.add(act);
    else act();
    return () => void this.#restless.delete(act);
  }

  /** So many screens went by, a part of one or many. */
  scrolled(screens: number): void {
    this.#moved += screens;
    this.#hurries ||= this.#moved > FAST;
    if (this.#timer === undefined) this.#timer = setTimeout(this.#look, WHILE);
  }

  readonly #look = (): void => {
    this.#hurries = this.#moved > FAST;
    this.#moved = 0;
    this.#timer = this.#hurries ? setTimeout(this.#look, WHILE) : undefined;
    if (this.#hurries) return;
    for (const act of this.#restless) act();
    this.#restless.clear();
    this.#next();
  };

  #next(): void {
    for (const begin of this.#waiting) {
      if (this.#hurries || this.#under >= AT_ONCE) return;
      this.#waiting.delete(begin);
      this.#under += 1;
      begin();
    }
  }
}

export const pictures = new PictureQueue();
