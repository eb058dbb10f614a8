/** Presses a button by pointer and keyboard; and by screen readers, which click without either. */

import type { Hold } from "./hold.ts";

export class HoldInput {
  readonly #hold: Hold;
  readonly #end: () => void;

  /** `end`: called when the finger or the focus leaves the button, unless it is latched. */
  constructor(hold: Hold, end: () => void) {
    this.#hold = hold;
    this.#end = end;
  }

  readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#hold.press(event.timeStamp);
  };

  readonly up = (event: Event): void => this.#hold.release(event.timeStamp);

  readonly cancel = (): void => {
    if (!this.#hold.stays) this.#end();
  };

  readonly key = (event: KeyboardEvent): void => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (event.type === "keyup") this.#hold.release(event.timeStamp);
    else if (!event.repeat) this.#hold.press(event.timeStamp);
  };

  readonly click = (event: MouseEvent): void => {
    if (event.detail > 0) return;
    this.#hold.press(event.timeStamp);
    this.#hold.release(event.timeStamp);
  };
}
