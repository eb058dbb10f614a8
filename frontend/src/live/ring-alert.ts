/** An alert when somebody rings: live view in front of everything, with controls to answer. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Doorbell, Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { time } from "../i18n/format.ts";
import { shared } from "../ui/styles.ts";
import { Rings, type Ring } from "./rings.ts";
import "./still.ts";
import type { Still } from "./still.ts";

@customElement("doorwatch-ring-alert")
export class RingAlert extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      /* Above everything, including full screen and dialogs. */
      .layer {
        inset: 0 auto auto 0;
        width: 0;
        height: 0;
        margin: 0;
        padding: 0;
        overflow: visible;
        border: none;
        background: none;
        color: inherit;
      }
      dialog {
        position: fixed;
        box-sizing: border-box;
        color: inherit;
        background: none;
        border: none;
        inset: calc(
            var(--header-height, 56px) +
              var(--safe-area-inset-top, env(safe-area-inset-top, 0px))
          )
          0 auto;
        display: flex;
        flex-direction: column;
        gap: 8px;
        height: auto;
        max-width: none;
        max-height: calc(100dvh - var(--header-height, 56px) - 16px);
        overflow-y: auto;
        width: min(592px, 100%);
        margin-inline: auto;
        /* Space for the shadow, which lets clicks through. */
        padding: 8px 16px 32px;
        pointer-events: none;
      }
      dialog::backdrop {
        background: rgba(0, 0, 0, 0.32);
      }
      section {
        flex: none;
        pointer-events: auto;
        padding: 12px;
        /* The shadow is invisible on a dark page. */
        border: 1px solid var(--dw-line);
        border-radius: var(--ha-card-border-radius, 12px);
        background: var(--dw-surface);
        box-shadow: 0 4px 16px rgba(0, 0, 0, 0.45);
        /* A click at the moment of the ring was meant for the page below. */
        animation: let-through 0.6s;
      }
      @keyframes let-through {
        from,
        99% {
          pointer-events: none;
        }
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
        margin-bottom: 8px;
      }
      h2 {
        flex: 1 1 7em;
        min-width: 0;
        margin: 0;
        font-size: 1.125rem;
        font-weight: 500;
      }
      h2:focus-visible {
        outline-offset: 4px;
      }
      @media (prefers-reduced-motion: no-preference) {
        section {
          animation:
            let-through 0.6s,
            drop 0.16s ease-out;
        }
        @keyframes drop {
          from {
            opacity: 0;
            transform: translateY(-12px);
          }
        }
      }
    `,
  ];

  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  @property({ attribute: false }) lives: readonly Live[] = [];
  /** Announced to screen readers. */
  @state() private said = "";
  @query(".layer") private readonly layer!: HTMLElement;
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  private readonly rings = new Rings();
  private ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.keyedFirst, { capture: true });
    window.addEventListener("keydown", this.keyed);
    this.ticking = setInterval(() => this.pass(), 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.keyedFirst, { capture: true });
    window.removeEventListener("keydown", this.keyed);
    clearInterval(this.ticking);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("lives") || !this.rings.hear(this.lives, Date.now())) return;
    const [newest] = this.rings.ringing;
    this.rang = true;
    if (newest) this.said = `${this.words(newest)} ${this.at(newest)}`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.rings.ringing.length === 0) this.putAway();
    if (!changed.has("lives")) return;
    if (this.rang) this.comeToFront();
    this.rang = false;
    for (const still of this.stills)
      if (!this.shown.has(still)) {
        this.shown.add(still);
        void still.updateComplete.then(() => still.play({ dialog: false }));
      }
  }
  private readonly shown = new WeakSet<Still>();
  private rang = false;

  /** An open dialog or full screen element would make the alert inert. */
  private comeToFront(): void {
    const { fullscreenElement } = this.renderRoot as ShadowRoot;
    // A different doorbell rang than the one in full screen.
    if (fullscreenElement) void document.exitFullscreen();
    if (this.dialog.open) return;
    const modal = !fullscreenElement && isModalOpen(document);
    if (modal) this.putAway();
    if (!this.layer.matches(":popover-open")) this.layer.showPopover();
    if (modal) {
      this.dialog.showModal();
      // Not on a button, in case the user is typing.
      this.heading?.focus({ preventScroll: true });
    } else this.takeFocus();
  }

  private putAway(): void {
    // Return the focus to the dialog.
    if (this.dialog.open) this.dialog.close();
    if (this.layer.matches(":popover-open")) this.layer.hidePopover();
  }

  /** A phone's back gesture closes a dialog even if the page prevents it. */
  private readonly closed = (): void => {
    if (this.dialog.open) return;
    for (const { doorbell_id } of this.rings.ringing) this.rings.put(doorbell_id);
    this.requestUpdate();
  };

  private get heading(): HTMLElement | null {
    return this.renderRoot.querySelector("h2");
  }

  private get stills(): Still[] {
    return [...this.renderRoot.querySelectorAll("doorwatch-still")];
  }

  /** Keep the focus of a user who is doing something; otherwise move it to the title. */
  private takeFocus(): void {
    const at = focused();
    if (at && at !== document.body && !at.matches('[tabindex="-1"]')) return;
    this.heading?.focus({ preventScroll: true });
  }

  /** Handle the key before a dialog below does. */
  private readonly keyedFirst = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing || !this.dialog.open) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.putOneAt(event);
  };

  /** Handle keys from anywhere, unless a field or dialog uses them. */
  private readonly keyed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const own: EventTarget[] = [this.dialog, this.layer];
    const path = event.composedPath().filter((one) => one instanceof Element);
    if (path.some((one) => one.matches(OWN_ESCAPE) && !own.includes(one))) return;
    this.putOneAt(event);
  };

  private putOneAt(event: Event): void {
    const at = event
      .composedPath()
      .find((one) => one instanceof HTMLElement && one.dataset["doorbell"]);
    const id =
      (at as HTMLElement | undefined)?.dataset["doorbell"] ??
      this.rings.ringing[0]?.doorbell_id;
    if (id !== undefined) this.put(id);
  }

  private pass(): void {
    if (this.rings.ringing.length === 0) return;
    this.rings.pass(Date.now(), (id) => this.isAt(id));
    this.requestUpdate();
  }

  /**
   * Whether the user points at it or moved the focus into it; the title gets the focus automatically.
   */
  private isAt(doorbellId: string): boolean {
    const section = this.section(doorbellId);
    if (!section) return false;
    return (
      section.matches(":hover") ||
      section.querySelector("button:focus, doorwatch-still:focus-within") !== null
    );
  }

  private section(doorbellId: string): HTMLElement | undefined {
    return [...this.renderRoot.querySelectorAll("section")].find(
      (one) => one.dataset["doorbell"] === doorbellId,
    );
  }

  private put(doorbellId: string): void {
    const within = this.section(doorbellId)?.matches(":focus-within");
    this.rings.put(doorbellId);
    this.requestUpdate();
    if (within) void this.goOn();
  }

  /** Show the next ring, or return to the page. */
  private async goOn(): Promise<void> {
    const { open } = this.dialog;
    await this.updateComplete;
    if (this.heading) this.heading.focus();
    else if (!open) this.dispatchEvent(new CustomEvent("ring-over"));
  }

  private words({ doorbell_id }: Ring): string {
    const name = this.doorbells.find((one) => one.doorbell_id === doorbell_id)?.name;
    return this.strings.text("ring.title", {
      name: name ?? this.strings.text("clip.no_doorbell"),
    });
  }

  private at({ rang_at }: Ring): string {
    return time(rang_at, this.locale.zone ?? "UTC", this.locale);
  }

  protected override render(): TemplateResult {
    const { ringing } = this.rings;
    const [newest] = ringing;
    return html`<div class="sr" role="alert">${this.said}</div>
      <div class="layer" popover="manual">
        <dialog
          aria-label=${newest ? this.words(newest) : nothing}
          @close=${this.closed}
        >
          ${repeat(
            ringing,
            (one) => one.doorbell_id,
            (one) => this.ring(one),
          )}
        </dialog>
      </div>`;
  }

  private ring(ring: Ring): TemplateResult | typeof nothing {
    const { strings } = this;
    const doorbell = this.doorbells.find((one) => one.doorbell_id === ring.doorbell_id);
    if (!doorbell) return nothing;
    const title = this.words(ring);
    const { name, doorbell_id } = doorbell;
    return html`<section aria-label=${title} data-doorbell=${doorbell_id}>
      <div class="line">
        <h2 tabindex="-1">${title}</h2>
        <span class="muted">${this.at(ring)}</span>
        <button
          aria-label=${strings.text("ring.not_now_label", { name })}
          @mousedown=${stayThere}
          @click=${() => this.put(doorbell_id)}
        >
          ${strings.text("ring.not_now")}
        </button>
      </div>
      <doorwatch-still
        view-only
        .doorbell=${doorbell}
        .live=${this.lives.find((one) => one.doorbell_id === doorbell_id)}
      ></doorwatch-still>
    </section>`;
  }
}

const OWN_ESCAPE =
  "input, textarea, select, [contenteditable], dialog, :popover-open, :fullscreen";

/** Keep the focus where it was. */
const stayThere = (event: Event): void => event.preventDefault();

/** Whether a modal is open, in any shadow root. */
function isModalOpen(root: Document | ShadowRoot): boolean {
  if (root.querySelector(":modal")) return true;
  return [...root.querySelectorAll("*")].some(
    ({ shadowRoot }) => shadowRoot !== null && isModalOpen(shadowRoot),
  );
}

function focused(): Element | null {
  let { activeElement } = document;
  while (activeElement?.shadowRoot?.activeElement)
    ({ activeElement } = activeElement.shadowRoot);
  return activeElement;
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-ring-alert": RingAlert;
  }
}
