/** Arrow keys that no element on the page handles. */

export type Side = "left" | "right";

const SIDES: Readonly<Record<string, Side>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
};
/** Elements that handle arrow keys. */
const TAKERS = "input, select, textarea, video, dialog";

/** Whether a key was pressed on an ancestor of the page, such as the body. */
function isAround(target: EventTarget | undefined, page: Element): boolean {
  let node: Node | null = page;
  while (node && node !== target)
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  return node !== null;
}

/**
 * The direction of an arrow key pressed in the page or on an ancestor, unless an element uses it.
 */
export function arrowOf(event: KeyboardEvent, page: Element): Side | undefined {
  const path = event.composedPath();
  if (!path.includes(page) && !isAround(path[0], page)) return undefined;
  const { altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event;
  if (altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return undefined;
  if (path.some((one) => one instanceof Element && one.matches(TAKERS)))
    return undefined;
  return SIDES[event.key];
}
