/** Request a short message about an action, which the page shows. */

import type { Word } from "./snackbar.ts";

export function say(from: EventTarget, word: Word | undefined): void {
  from.dispatchEvent(
    new CustomEvent("doorwatch-word", { detail: word, bubbles: true, composed: true }),
  );
}

declare global {
  interface GlobalEventHandlersEventMap {
    "doorwatch-word": CustomEvent<Word | undefined>;
  }
}
