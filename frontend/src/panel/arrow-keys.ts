/** Arrow keys that nothing on the page has a use of its own for. */

export type Side = "left" | "right";

const SIDES: Readonly<Record<string, Side>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
};
/** What takes them itself. */
const TAKERS = "input, select, textarea, video, dialog";

/** To which side it goes, for a page that has the focus or where nothing has it. */
export function arrowOf(event: KeyboardEvent, page: Element): Side | undefined {
  const path = event.composedPath();
  if (!path.includes(page) && path[0] !== document.body) return undefined;
  const { altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event;
  if (altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return undefined;
  if (path.some((one) => one instanceof Element && one.matches(TAKERS)))
    return undefined;
  return SIDES[event.key];
}
