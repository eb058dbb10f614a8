/** Arrow keys in a toolbar, which is one tab stop. */

type Key = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">;

/** The index of the button that a key moves to; undefined for other keys. */
export function stepIn(
  count: number,
  at: number,
  { key, altKey, ctrlKey, metaKey, shiftKey }: Key,
  rtl: boolean,
): number | undefined {
  if (altKey || ctrlKey || metaKey || shiftKey) return undefined;
  const last = count - 1;
  const onward = rtl ? -1 : 1;
  const next = {
    ArrowRight: at + onward,
    ArrowLeft: at - onward,
    Home: 0,
    End: last,
  }[key];
  return next === undefined ? undefined : Math.max(0, Math.min(next, last));
}
