/**
 * An alert when somebody rings: live view in front of everything, with controls to answer. Beside a
 * clip that plays, it is one line with a button to open that.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Doorbell, Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { time } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { doorbellAt, RingAlertLayer } from "./ring-alert-layer.ts";
import { ringAlertStyles } from "./ring-alert-styles.ts";
import { Rings, type Ring } from "./rings.ts";
import "./still.ts";
import type { Still } from "./still.ts";

@customElement("doorwatch-ring-alert")
export class RingAlert extends HomeElement {
  static override readonly styles = [shared, ringAlertStyles];

  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  @property({ attribute: false }) lives: readonly Live[] = [];
  /** A clip plays: cover none of its controls. */
  @property({ attribute: false }) beside = false;
  /** Announced to screen readers. */
  @state() private said = "";
  /** The user asked for the live view, or the alert is in front of a dialog. */
  @state() private whole = false;
  private readonly rings = new Rings();
  private layer!: RingAlertLayer;
  private ticking: ReturnType<typeof setInterval> | undefined;
  private readonly shown = new WeakSet<Still>();
  private rang = false;

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

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot();
    this.layer = new RingAlertLayer(root as ShadowRoot);
    return root;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("lives") || !this.rings.hear(this.lives, Date.now())) return;
    const [newest] = this.rings.ringing;
    this.rang = true;
    if (newest) this.said = `${this.words(newest)} ${this.at(newest)}`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.rings.ringing.length === 0) {
      this.layer.putAway();
      this.whole = false;
    }
    if (this.rang && changed.has("lives")) this.comeToFront();
    this.rang = false;
    for (const still of this.renderRoot.querySelectorAll("doorwatch-still"))
      if (!this.shown.has(still)) {
        this.shown.add(still);
        void still.updateComplete.then(() => still.play({ dialog: false }));
      }
  }

  private comeToFront(): void {
    const wasOpen = this.layer.isOpen;
    if (this.layer.comeToFront(this.docked)) {
      this.whole = true;
      if (!wasOpen) void this.updateComplete.then(() => this.layer.focus());
    } else if (!this.docked) this.layer.takeFocus();
  }

  private get docked(): boolean {
    return this.beside && !this.whole;
  }

  /** A phone's back gesture closes a dialog even if the page prevents it. */
  private readonly closed = (): void => {
    if (this.layer.isOpen) return;
    for (const { doorbell_id } of this.rings.ringing) this.rings.put(doorbell_id);
    this.requestUpdate();
  };

  /** Handle the key before a dialog below does. */
  private readonly keyedFirst = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing || !this.layer.isOpen) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.putOneAt(event);
  };

  /** Handle keys from anywhere. */
  private readonly keyed = (event: KeyboardEvent): void => {
    if (this.layer.hasEscape(event)) this.putOneAt(event);
  };

  private putOneAt(event: Event): void {
    const id = doorbellAt(event) ?? this.rings.ringing[0]?.doorbell_id;
    if (id !== undefined) this.put(id);
  }

  private pass(): void {
    if (this.rings.ringing.length === 0) return;
    this.rings.pass(Date.now(), (id) => this.layer.isAt(id));
    this.requestUpdate();
  }

  private put(doorbellId: string): void {
    const within = this.layer.section(doorbellId)?.matches(":focus-within");
    this.rings.put(doorbellId);
    this.requestUpdate();
    if (within) void this.goOn();
  }

  /** Show the next ring, or return to the page. */
  private async goOn(): Promise<void> {
    const { isOpen } = this.layer;
    await this.updateComplete;
    if (!this.layer.focus() && !isOpen)
      this.dispatchEvent(new CustomEvent("ring-over"));
  }

  private readonly open = async (): Promise<void> => {
    this.whole = true;
    await this.updateComplete;
    this.layer.focus();
  };

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
          class=${this.docked ? "docked" : ""}
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
    const doorbell = this.doorbells.find((one) => one.doorbell_id === ring.doorbell_id);
    if (!doorbell) return nothing;
    const title = this.words(ring);
    return html`<section aria-label=${title} data-doorbell=${doorbell.doorbell_id}>
      ${this.docked ? this.line(title, doorbell) : this.view(title, ring, doorbell)}
    </section>`;
  }

  private line(title: string, { doorbell_id, name }: Doorbell): TemplateResult {
    const { strings } = this;
    const live = strings.text("live.live");
    return html`<h2 tabindex="-1">${title}</h2>
      <button
        class="primary"
        aria-label=${strings.text("live.of", { what: live, name })}
        @click=${this.open}
      >
        ${icon("live")} ${live}
      </button>
      <button
        class="plain"
        aria-label=${strings.text("ring.not_now_label", { name })}
        title=${strings.text("ring.not_now")}
        @mousedown=${stayThere}
        @click=${() => this.put(doorbell_id)}
      >
        ${icon("close")}
      </button>`;
  }

  private view(title: string, ring: Ring, doorbell: Doorbell): TemplateResult {
    const { strings } = this;
    const { name, doorbell_id } = doorbell;
    return html`<div class="line">
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
      ></doorwatch-still>`;
  }
}

/** Keep the focus where it was. */
const stayThere = (event: Event): void => event.preventDefault();

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-ring-alert": RingAlert;
  }
}
