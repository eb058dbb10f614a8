/** Shows an element in full screen while it is in the page, where the browser allows it. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class FullScreen implements ReactiveController {
  readonly #host: HTMLElement;
  readonly #left: () => void;
  #wasFull = false;

  /** `left`: the user has left full screen. */
  constructor(host: ReactiveControllerHost & HTMLElement, left: () => void) {
    this.#host = host;
    this.#left = left;
    host.addController(this);
  }

  /** Not allowed without a tap, such as after a reload: then the element fills its window. */
  async enter(): Promise<void> {
    if (document.fullscreenEnabled)
      await this.#host.requestFullscreen().catch(() => undefined);
  }

  hostConnected(): void {
    this.#host.addEventListener("fullscreenchange", this.#turned);
  }

  hostDisconnected(): void {
    this.#host.removeEventListener("fullscreenchange", this.#turned);
    if (this.#host.matches(":fullscreen")) void document.exitFullscreen();
  }

  /** A part of the element may have been in full screen instead. */
  readonly #turned = (): void => {
    const full = this.#host.matches(":fullscreen");
    if (this.#wasFull && !full && !document.fullscreenElement) this.#left();
    this.#wasFull = full;
  };
}
