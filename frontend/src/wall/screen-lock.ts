/** Keeps the screen on while the page is visible, where the browser allows it. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export type Kept = "asking" | "kept" | "refused" | "insecure";

export class ScreenLock implements ReactiveController {
  kept: Kept = "asking";
  #sentinel: WakeLockSentinel | undefined;
  #wanted = false;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#wanted = true;
    document.addEventListener("visibilitychange", this.#again);
    void this.#ask();
  }

  hostDisconnected(): void {
    this.#wanted = false;
    document.removeEventListener("visibilitychange", this.#again);
    void this.#sentinel?.release();
    this.#sentinel = undefined;
  }

  /** Browsers release the lock of a page that is hidden. */
  readonly #again = (): void => {
    if (!document.hidden && this.#wanted) void this.#ask();
  };

  async #ask(): Promise<void> {
    this.kept = await this.#request();
    this.#host.requestUpdate();
  }

  async #request(): Promise<Kept> {
    // Undefined over http.
    const lock = (navigator as { wakeLock?: WakeLock }).wakeLock;
    if (!lock) return isSecureContext ? "refused" : "insecure";
    try {
      const sentinel = await lock.request("screen");
      if (!this.#wanted) void sentinel.release();
      else this.#sentinel = sentinel;
      return "kept";
    } catch {
      // A low battery, or a setting of the browser.
      return "refused";
    }
  }
}
