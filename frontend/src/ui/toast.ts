/**
 * A short word about what was just done, said by Home Assistant's own toast.
 *
 * What offers a way back is said by `doorwatch-snackbar`, which gives that button the focus.
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
