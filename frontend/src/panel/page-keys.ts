/** Keys that no element on the page handles. */

export type Side = "left" | "right";

const SIDES: Readonly<Record<string, Side>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
};
/** Elements that handle all keys themselves. */
const TAKERS = "input, select, textarea, dialog, [contenteditable]";
/** Elements that the space bar presses. */
const PRESSED = "button, a, summary";

/** Whether a key was pressed on an ancestor of the page, such as the body. */
function isAround(target: EventTarget | undefined, page: Element): boolean {
  let node: Node | null = page;
  while (node && node !== target)
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  return node !== null;
}

/** Whether a key was pressed in the page or on an ancestor, and no element uses it. */
export function isForPage(event: KeyboardEvent, page: Element): boolean {
  const path = event.composedPath();
  if (event.defaultPrevented || event.isComposing) return false;
  if (!path.includes(page) && !isAround(path[0], page)) return false;
  const takers = event.key === " " ? `${TAKERS}, ${PRESSED}` : TAKERS;
  return !path.some((one) => one instanceof Element && one.matches(takers));
}

/** The direction of an arrow key that is pressed together with Shift. */
export function sideOf(event: KeyboardEvent): Side | undefined {
  const { altKey, ctrlKey, metaKey, shiftKey } = event;
  if (altKey || ctrlKey || metaKey || !shiftKey) return undefined;
  return SIDES[event.key];
}
