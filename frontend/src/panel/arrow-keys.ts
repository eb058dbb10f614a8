/** Arrow keys that nothing on the page has a use of its own for. */

export type Side = "left" | "right";

const SIDES: Readonly<Record<string, Side>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
};
/** What takes them itself. */
const TAKERS = "input, select, textarea, video, dialog";

/** Whether a page lies in what a key was pressed on: the body, or what holds the pages. */
function isAround(target: EventTarget | undefined, page: Element): boolean {
  let node: Node | null = page;
  while (node && node !== target)
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  return node !== null;
}

/** To which side it goes, for a page that has the focus or where nothing beside it has. */
export function arrowOf(event: KeyboardEvent, page: Element): Side | undefined {
  const path = event.composedPath();
  if (!path.includes(page) && !isAround(path[0], page)) return undefined;
  const { altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event;
  if (altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return undefined;
  if (path.some((one) => one instanceof Element && one.matches(TAKERS)))
    return undefined;
  return SIDES[event.key];
}
