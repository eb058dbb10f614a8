/** Sets the document title while an element is shown. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class PageTitle implements ReactiveController {
  #before: string | undefined;
  #set: string | undefined;

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
  }

  set(words: string): void {
    if (words === this.#set) return;
    this.#before ??= document.title;
    this.#set = words;
    document.title = `${words} – Doorwatch`;
  }

  /** Keep a title that was changed by others. */
  hostDisconnected(): void {
    if (this.#before !== undefined && document.title === `${this.#set} – Doorwatch`)
      document.title = this.#before;
    this.#before = undefined;
    this.#set = undefined;
  }
}
