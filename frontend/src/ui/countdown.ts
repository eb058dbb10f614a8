/** Counts whole seconds until a moment, while an element is shown. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Milliseconds; less than a second, so that each second shows in time. */
const EACH = 200;

export class Countdown implements ReactiveController {
  /** The seconds that are left. */
  seconds = 0;
  readonly #host: ReactiveControllerHost;
  #until: number | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** `until`: on the clock of `performance.now`; null: there is nothing to wait for. */
  count(until: number | null): void {
    this.#until = until;
    this.hostDisconnected();
    this.hostConnected();
  }

  hostConnected(): void {
    this.#look();
    if (this.seconds > 0) this.#timer = setInterval(() => this.#look(), EACH);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const left = (this.#until ?? 0) - performance.now();
    const seconds = Math.max(0, Math.ceil(left / 1_000));
    if (seconds === 0) this.hostDisconnected();
    if (seconds === this.seconds) return;
    this.seconds = seconds;
    this.#host.requestUpdate();
  }
}
