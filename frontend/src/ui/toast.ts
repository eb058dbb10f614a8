/**
 * A short message about an action, shown as a toast of Home Assistant.
 *
 * Messages with Undo are shown by `doorwatch-snackbar`, which focuses that button.
 */

export function toast(from: HTMLElement, message: string): void {
  from.dispatchEvent(
    new CustomEvent("hass-notification", {
      bubbles: true,
      composed: true,
      detail: { message },
    }),
  );
}
