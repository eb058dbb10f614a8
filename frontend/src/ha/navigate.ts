/** Navigate within Home Assistant, as its own frontend does. */

export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(history.state, "", path);
  else history.pushState({ from: location.pathname }, "", path);
  window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace } }));
}

/** Go back in history, or to another page if this one was opened directly. */
export function goBack(otherwise: string): void {
  const { from, root } = (history.state ?? {}) as { from?: string; root?: boolean };
  if (from !== undefined && !root) history.back();
  else navigate(otherwise, { replace: true });
}
