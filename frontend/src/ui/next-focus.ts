/** Moves the focus to the element that replaces a pressed button. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** After these, the user is doing something else. */
const ACTIONS = ["pointerdown", "keydown"] as const;

export class NextFocus implements ReactiveController {
  readonly #host: { readonly renderRoot: ParentNode };
  #selector: string | undefined;

  constructor(host: ReactiveControllerHost & { readonly renderRoot: ParentNode }) {
    this.#host = host;
    host.addController(this);
  }

  /** Focus this element once it is there, unless the user does something before. */
  expect(selector: string): void {
    this.#selector = selector;
    for (const action of ACTIONS) window.addEventListener(action, this.#acted, true);
  }

  cancel(): void {
    this.#selector = undefined;
    for (const action of ACTIONS) window.removeEventListener(action, this.#acted, true);
  }

  readonly #acted = (event: Event): void => {
    // A key that is held was pressed before.
    if (!(event instanceof KeyboardEvent && event.repeat)) this.cancel();
  };

  hostDisconnected(): void {
    this.cancel();
  }

  hostUpdated(): void {
    if (!this.#selector) return;
    const next = this.#host.renderRoot.querySelector<HTMLElement>(this.#selector);
    if (!next || next.matches(":disabled")) return;
    this.cancel();
    if (document.activeElement === document.body) next.focus();
  }
}
