/** Keys and swipes for a page, wherever the focus is. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { isForPage, sideOf, type Side } from "./page-keys.ts";
import { Swipe } from "./swipe.ts";

interface Acts {
  /** Whether the page takes input: no dialog is open. */
  isReady: () => boolean;
  /** Go to what is on this side. */
  step: (side: Side) => void;
  /** Handle any other key; return whether it did something. */
  press: (event: KeyboardEvent) => boolean;
}

export class PageInput implements ReactiveController {
  readonly #page: Element;
  readonly #acts: Acts;
  readonly #swipe = new Swipe();

  constructor(page: ReactiveControllerHost & HTMLElement, acts: Acts) {
    this.#page = page;
    this.#acts = acts;
    page.addController(this);
    page.addEventListener("pointerdown", (event) => this.#swipe.begin(event));
    page.addEventListener("pointerup", this.#lifted);
    page.addEventListener("pointercancel", () => this.#swipe.cancel());
  }

  hostConnected(): void {
    // Before the shortcuts of Home Assistant, which listens at the window.
    document.addEventListener("keydown", this.#key);
  }

  hostDisconnected(): void {
    document.removeEventListener("keydown", this.#key);
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (!this.#acts.isReady() || !isForPage(event, this.#page)) return;
    const side = sideOf(event);
    if (side) this.#acts.step(side);
    else if (!this.#acts.press(event)) return;
    event.preventDefault();
  };

  /** Swiping right shows what was on the left. */
  readonly #lifted = (event: PointerEvent): void => {
    const side = this.#swipe.end(event);
    if (side && this.#acts.isReady())
      this.#acts.step(side === "right" ? "left" : "right");
  };
}
