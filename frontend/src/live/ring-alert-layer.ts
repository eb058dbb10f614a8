/** Brings the ring alert in front of dialogs and full screen, and handles its focus and Escape. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Elements that handle Escape themselves. */
const OWN_ESCAPE =
  "input, textarea, select, [contenteditable], dialog, :popover-open, :fullscreen";

export class RingAlertLayer implements ReactiveController {
  readonly #host: Element;
  readonly #escaped: (event: KeyboardEvent) => void;

  /** `escaped`: Escape was pressed for the alert. */
  constructor(
    host: ReactiveControllerHost & Element,
    escaped: (event: KeyboardEvent) => void,
  ) {
    this.#host = host;
    this.#escaped = escaped;
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener("keydown", this.#keyedFirst, { capture: true });
    window.addEventListener("keydown", this.#keyed);
  }

  hostDisconnected(): void {
    window.removeEventListener("keydown", this.#keyedFirst, { capture: true });
    window.removeEventListener("keydown", this.#keyed);
  }

  /** Handle the key before a dialog below does. */
  readonly #keyedFirst = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing || !this.isOpen) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#escaped(event);
  };

  /** Handle keys from anywhere. */
  readonly #keyed = (event: KeyboardEvent): void => {
    if (this.#hasEscape(event)) this.#escaped(event);
  };

  get #root(): ShadowRoot | null {
    return this.#host.shadowRoot;
  }

  get #layer(): HTMLElement | null | undefined {
    return this.#root?.querySelector<HTMLElement>(".layer");
  }

  get #dialog(): HTMLDialogElement | null | undefined {
    return this.#root?.querySelector("dialog");
  }

  get isOpen(): boolean {
    return this.#dialog?.open ?? false;
  }

  /**
   * Show the alert. An open dialog or full screen element would make it inert; one line is shown
   * above a full screen element. Return whether it is modal.
   */
  comeToFront(isLine: boolean): boolean {
    // A different doorbell rang than the one in full screen.
    const full = this.#root?.fullscreenElement;
    if (full) void document.exitFullscreen();
    if (this.isOpen) return true;
    const modal = !full && isModalOpen(document, isLine ? "dialog:modal" : ":modal");
    if (modal) this.putAway();
    if (!this.#layer?.matches(":popover-open")) this.#layer?.showPopover();
    if (modal) this.#dialog?.showModal();
    return modal;
  }

  putAway(): void {
    // Return the focus to the dialog.
    if (this.isOpen) this.#dialog?.close();
    if (this.#layer?.matches(":popover-open")) this.#layer.hidePopover();
  }

  /** Focus the title, not a button, in case the user is typing. Return false if there is none. */
  focus(): boolean {
    const heading = this.#root?.querySelector("h2");
    heading?.focus({ preventScroll: true });
    return Boolean(heading);
  }

  /** Keep the focus of a user who is doing something; otherwise move it to the title. */
  takeFocus(): void {
    const at = focused();
    if (!at || at === document.body || at.matches('[tabindex="-1"]')) this.focus();
  }

  section(doorbellId: string): HTMLElement | undefined {
    return [...(this.#root?.querySelectorAll("section") ?? [])].find(
      (one) => one.dataset["doorbell"] === doorbellId,
    );
  }

  /**
   * Whether the user points at a ring or moved the focus into it; the title gets the focus
   * automatically.
   */
  isAt(doorbellId: string): boolean {
    const section = this.section(doorbellId);
    if (!section) return false;
    return (
      section.matches(":hover") ||
      section.querySelector("button:focus, doorwatch-still:focus-within") !== null
    );
  }

  /** Whether Escape is for the alert, and not for a field or another dialog. */
  #hasEscape(event: KeyboardEvent): boolean {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing)
      return false;
    const own: (EventTarget | null | undefined)[] = [this.#dialog, this.#layer];
    return !event
      .composedPath()
      .some(
        (one) =>
          one instanceof Element && one.matches(OWN_ESCAPE) && !own.includes(one),
      );
  }
}

/** The doorbell whose ring has the event. */
export function doorbellAt(event: Event): string | undefined {
  const at = event
    .composedPath()
    .find((one) => one instanceof HTMLElement && one.dataset["doorbell"]);
  return (at as HTMLElement | undefined)?.dataset["doorbell"];
}

/** Whether a modal is open, in any shadow root. */
function isModalOpen(root: Document | ShadowRoot, modal: string): boolean {
  if (root.querySelector(modal)) return true;
  return [...root.querySelectorAll("*")].some(
    ({ shadowRoot }) => shadowRoot !== null && isModalOpen(shadowRoot, modal),
  );
}

function focused(): Element | null {
  let { activeElement } = document;
  while (activeElement?.shadowRoot?.activeElement)
    ({ activeElement } = activeElement.shadowRoot);
  return activeElement;
}
