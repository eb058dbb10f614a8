/** Whether the next clip plays when one has ended. Remembered by the browser. */

const KEY = "doorwatch-play-next";

export class AutoNext {
  #on: boolean | undefined;

  /** On, unless the user turned it off, or prefers reduced motion and didn't turn it on. */
  get on(): boolean {
    this.#on ??= stored() ?? !matchMedia("(prefers-reduced-motion: reduce)").matches;
    return this.#on;
  }

  set on(on: boolean) {
    this.#on = on;
    try {
      localStorage.setItem(KEY, String(on));
    } catch {
      // The browser stores nothing; it applies until the page is closed.
    }
  }
}

function stored(): boolean | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === null ? undefined : value === "true";
  } catch {
    return undefined;
  }
}
