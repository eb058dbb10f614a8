/** Does something regularly while an element is shown. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class Ticker implements ReactiveController {
  readonly #milliseconds: number;
  readonly #act: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost, milliseconds: number, act: () => void) {
    this.#milliseconds = milliseconds;
    this.#act = act;
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(this.#act, this.#milliseconds);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}
