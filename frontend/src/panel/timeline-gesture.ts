/**
 * Pointer gestures on the timeline: a still pointer presses, a moving one scrubs, or scrolls if it
 * began on the scale; two pointers zoom.
 */

import { panned, pinched, timeAt, type View } from "./timeline-scale.ts";

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Touched extends Place {
  readonly pointerId: number;
  /** It began on the hours instead of the clips. */
  readonly onScale: boolean;
}

/** What the pointers hold. */
export interface Held {
  readonly view: View;
  readonly width: number;
  readonly length: number;
  /** Whether the pointer is a finger. */
  readonly touching: boolean;
  look(view: View): void;
  scrub(place: Place): void;
  /** The pointer was released after it scrubbed. */
  letGo(): void;
  press(place: Place): void;
}

type Doing = "press" | "scrub" | "pan" | "pinch" | "nothing";

/** Pixels that a still pointer may move; a finger slips further. */
const STILL = 5;
const STILL_FINGER = 10;
/** Pixels from the edge at which scrubbing continues beyond it. */
const EDGE = 24;
const EDGE_STEP = 0.02;

export class Gesture {
  #doing: Doing = "nothing";
  readonly #pointers = new Map<number, Touched>();
  #from: View = { from: 0, span: 0 };
  #fingers: readonly [number, number] = [0, 0];

  constructor(private readonly held: Held) {}

  get busy(): boolean {
    return this.#pointers.size > 0;
  }

  down(touched: Touched): void {
    this.#pointers.set(touched.pointerId, touched);
    this.#from = this.held.view;
    if (this.#pointers.size === 1) this.#doing = "press";
    else {
      this.#doing = this.#pointers.size === 2 ? "pinch" : "nothing";
      const { view, width } = this.held;
      const [a, b] = this.#places();
      this.#fingers = [timeAt(a, view, width), timeAt(b, view, width)];
    }
  }

  move(touched: Touched): void {
    const began = this.#pointers.get(touched.pointerId);
    if (!began) return;
    if (this.#doing === "press") {
      const still = this.held.touching ? STILL_FINGER : STILL;
      if (Math.abs(touched.x - began.x) < still) return;
      this.#doing = began.onScale ? "pan" : "scrub";
    }
    const { view, width, length } = this.held;
    if (this.#doing === "pan") {
      const seconds = ((began.x - touched.x) / width) * view.span;
      this.held.look(panned(this.#from, seconds, length));
    } else if (this.#doing === "scrub") {
      const beyond = touched.x < EDGE ? -1 : touched.x > width - EDGE ? 1 : 0;
      if (beyond !== 0)
        this.held.look(panned(view, beyond * EDGE_STEP * view.span, length));
      this.held.scrub(touched);
    } else if (this.#doing === "pinch") {
      this.#pointers.set(touched.pointerId, touched);
      this.held.look(pinched(this.#fingers, this.#places(), width, length));
    }
  }

  up(touched: Touched): void {
    if (!this.#pointers.delete(touched.pointerId)) return;
    if (this.#doing === "press") this.held.press(touched);
    else if (this.#doing === "scrub") this.held.letGo();
    // After two fingers, the remaining one does nothing.
    this.#doing = "nothing";
  }

  /** The page scrolls instead, or the pointer was lost. */
  cancel(pointerId: number): void {
    this.#pointers.delete(pointerId);
    this.#doing = "nothing";
  }

  /** Cancel what all pointers do. */
  stop(): void {
    this.#pointers.clear();
    this.#doing = "nothing";
  }

  #places(): [number, number] {
    const [a, b] = [...this.#pointers.values()];
    return [a?.x ?? 0, b?.x ?? 0];
  }
}
