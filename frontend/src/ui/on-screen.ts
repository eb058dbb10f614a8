/** Whether an element is on the screen: in view, on a page that is not hidden. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class OnScreen implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element;
  #isInView = false;
  readonly #observer: IntersectionObserver;

  /** `came`: called when it has come into view. */
  constructor(host: ReactiveControllerHost & Element, came: () => void) {
    this.#host = host;
    this.#observer = new IntersectionObserver((entries) => {
      this.#isInView = entries.at(-1)?.isIntersecting ?? false;
      if (this.#isInView) came();
      host.requestUpdate();
    });
    host.addController(this);
  }

  get now(): boolean {
    return this.#isInView && !document.hidden;
  }

  hostConnected(): void {
    this.#observer.observe(this.#host);
    document.addEventListener("visibilitychange", this.#turned);
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#turned);
  }

  readonly #turned = (): void => this.#host.requestUpdate();
}
