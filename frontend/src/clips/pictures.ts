/**
 * Limits concurrent thumbnail requests, and pauses them during fast scrolling: each one costs a
 * request, and blocks the browser for a moment.
 */

/** Leaves some of the browser's few connections per host to videos. */
const AT_ONCE = 4;
/** Milliseconds. */
const WHILE = 100;
/** Screens per WHILE. */
const FAST = 0.3;

export class PictureQueue {
  readonly #waiting = new Set<() => void>();
  readonly #restless = new Set<() => void>();
  #under = 0;
  #moved = 0;
  #hurries = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Wait for a turn; call the result to end it. Abort the signal to give up. */
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

  /** Run once scrolling is slow; call the result to cancel. */
  whenCalm(act: () => void): () => void {
    if (this.#hurries) this.#restless.add(act);
    else act();
    return () => void this.#restless.delete(act);
  }

  /** Report scrolling, in screens. */
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
