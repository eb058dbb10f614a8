/** Moves the focus to the element that replaces a pressed button. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class NextFocus implements ReactiveController {
  readonly #host: { readonly renderRoot: ParentNode };
  #selector: string | undefined;

  constructor(host: ReactiveControllerHost & { readonly renderRoot: ParentNode }) {
    this.#host = host;
    host.addController(this);
  }

  /** Focus this element once it is there, unless the user has moved the focus. */
  expect(selector: string): void {
    this.#selector = selector;
  }

  cancel(): void {
    this.#selector = undefined;
  }

  hostUpdated(): void {
    if (!this.#selector) return;
    const next = this.#host.renderRoot.querySelector<HTMLElement>(this.#selector);
    if (!next || next.matches(":disabled")) return;
    this.#selector = undefined;
    if (document.activeElement === document.body) next.focus();
  }
}
