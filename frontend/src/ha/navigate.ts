/** Go to another page of this Home Assistant, as its own frontend does. */

export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(history.state, "", path);
  else history.pushState({ from: location.pathname }, "", path);
  window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace } }));
}

/** Back to where the person came from; to another page where this one was opened by itself. */
export function goBack(otherwise: string): void {
  const { from, root } = (history.state ?? {}) as { from?: string; root?: boolean };
  if (from !== undefined && !root) history.back();
  else navigate(otherwise, { replace: true });
}
