/** Arrow keys that nothing on the page has a use of its own for. */

export type Side = "left" | "right";

const SIDES: Readonly<Record<string, Side>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
};
/** What takes them itself. */
const TAKERS = "input, select, textarea, video, dialog";

/** To which side it goes, for a page in which the focus is, or around which, or nowhere. */
export function arrowOf(event: KeyboardEvent, page: Element): Side | undefined {
  const path = event.composedPath();
  const [at] = path;
  const around = at === document.body || (at instanceof Node && at.contains(page));
  if (!path.includes(page) && !around) return undefined;
  const { altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event;
  if (altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return undefined;
  if (path.some((one) => one instanceof Element && one.matches(TAKERS)))
    return undefined;
  return SIDES[event.key];
}
