/** Names the page in the browser while an element is shown. */

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

  /** What Home Assistant or another page named it meanwhile stays. */
  hostDisconnected(): void {
    if (this.#before !== undefined && document.title === `${this.#set} – Doorwatch`)
      document.title = this.#before;
    this.#before = undefined;
    this.#set = undefined;
  }
}
