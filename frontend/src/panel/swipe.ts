/** Detects horizontal swipes. */

const FAR_ENOUGH = 60;
/** Elements in which a finger does something else. */
const TAKERS = "[role=slider], input, select, textarea, dialog, .scrolls";

export class Swipe {
  #from: { x: number; y: number; id: number } | undefined;

  begin(event: PointerEvent): void {
    const { clientX, clientY, pointerId, pointerType, isPrimary } = event;
    // Ignore a second finger, which zooms, and the mouse.
    const one = isPrimary && pointerType !== "mouse";
    const taken = event
      .composedPath()
      .some((each) => each instanceof Element && each.matches(TAKERS));
    this.#from = one && !taken ? { x: clientX, y: clientY, id: pointerId } : undefined;
  }

  cancel(): void {
    this.#from = undefined;
  }

  /** The direction of the swipe, if it was one. */
  end({ clientX, clientY, pointerId }: PointerEvent): "left" | "right" | undefined {
    const from = this.#from;
    this.#from = undefined;
    if (!from || from.id !== pointerId) return undefined;
    const across = clientX - from.x;
    const along = clientY - from.y;
    if (Math.abs(across) < FAR_ENOUGH || Math.abs(across) < 2 * Math.abs(along))
      return undefined;
    return across < 0 ? "left" : "right";
  }
}
