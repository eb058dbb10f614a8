/** Pointer input on an image, in percent of its size. */

import { corner, type Corner } from "./areas.ts";

/** A drag shorter than this (percent) is a tap. */
const SHORTEST_DRAG = 3;

/** What the input does. */
export interface StageActs {
  /** Whether drawing is possible now. */
  readonly isReady: boolean;
  /** An element with the attribute `data-handle` was grabbed. */
  taken(handle: string, at: Corner): void;
  dragged(handle: string, to: Corner): void;
  dropped(handle: string): void;
  /** A rectangle is being drawn; undefined when drawing ends. */
  drawing(corners: readonly [Corner, Corner] | undefined): void;
  drawn(from: Corner, to: Corner): void;
  tapped(at: Corner): void;
}

export class Stage {
  readonly #acts: StageActs;
  #handle: string | undefined;
  #from: Corner | undefined;

  constructor(acts: StageActs) {
    this.#acts = acts;
  }

  readonly down = (event: PointerEvent): void => {
    if (!this.#acts.isReady || event.button !== 0) return;
    const stage = event.currentTarget as HTMLElement;
    const handle = (event.target as HTMLElement).closest<HTMLElement>("[data-handle]");
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    const at = this.#at(event);
    if (handle) {
      this.#handle = handle.dataset["handle"] ?? "";
      handle.focus();
      this.#acts.taken(this.#handle, at);
      return;
    }
    this.#from = at;
    this.#acts.drawing([at, at]);
  };

  readonly moved = (event: PointerEvent): void => {
    const to = this.#at(event);
    if (this.#handle !== undefined) this.#acts.dragged(this.#handle, to);
    else if (this.#from) this.#acts.drawing([this.#from, to]);
  };

  readonly up = (event: PointerEvent): void => {
    if (this.#handle !== undefined) this.#acts.dropped(this.#handle);
    this.#handle = undefined;
    const from = this.#from;
    this.#from = undefined;
    if (!from) return;
    this.#acts.drawing(undefined);
    if (event.type === "pointercancel") return;
    const to = this.#at(event);
    const shortest = Math.min(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
    if (shortest >= SHORTEST_DRAG) this.#acts.drawn(from, to);
    else this.#acts.tapped(from);
  };

  #at(event: PointerEvent): Corner {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return corner(
      ((event.clientX - box.left) / box.width) * 100,
      ((event.clientY - box.top) / box.height) * 100,
    );
  }
}
