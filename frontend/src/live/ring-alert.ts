/**
 * An alert when somebody rings: live view in front of everything, with controls to answer. Beside a
 * clip that plays, it is one line with a button to open that.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Doorbell, Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { shared } from "../ui/styles.ts";
import { Ticker } from "../ui/ticker.ts";
import { PlayOnce } from "./play-once.ts";
import { doorbellAt, RingAlertLayer } from "./ring-alert-layer.ts";
import { renderRingLine, renderRingView } from "./ring-alert-parts.ts";
import { ringAlertStyles } from "./ring-alert-styles.ts";
import { ringText, ringTime, ringTitle } from "./ring-words.ts";
import { Rings, type Ring } from "./rings.ts";
import "./still.ts";

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
  private rang = false;
  private readonly rings = new Rings();
  private readonly stills = new PlayOnce();
  private readonly layer = new RingAlertLayer(this, (event) => {
    const id = doorbellAt(event) ?? this.rings.ringing[0]?.doorbell_id;
    if (id !== undefined) void this.put(id);
  });

  constructor() {
    super();
    new Ticker(this, 1_000, () => {
      if (this.rings.ringing.length === 0) return;
      this.rings.pass(Date.now(), (id) => this.layer.isAt(id));
      this.requestUpdate();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("lives") || !this.rings.hear(this.lives, Date.now())) return;
    const [newest] = this.rings.ringing;
    this.rang = true;
    if (newest) this.said = ringText(this.strings, this.locale, this.doorbells, newest);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.rings.ringing.length === 0) {
      this.layer.putAway();
      this.whole = false;
    }
    if (this.rang && changed.has("lives")) this.comeToFront();
    this.rang = false;
    this.stills.play(this.renderRoot.querySelectorAll("doorwatch-still"));
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

  /** Dismiss a ring. If it had the focus, show the next ring, or return to the page. */
  private async put(doorbellId: string): Promise<void> {
    const { isOpen } = this.layer;
    const within = this.layer.section(doorbellId)?.matches(":focus-within");
    this.rings.put(doorbellId);
    this.requestUpdate();
    if (!within) return;
    await this.updateComplete;
    if (!this.layer.focus() && !isOpen)
      this.dispatchEvent(new CustomEvent("ring-over"));
  }

  private readonly open = async (): Promise<void> => {
    this.whole = true;
    await this.updateComplete;
    this.layer.focus();
  };

  protected override render(): TemplateResult {
    const { strings, doorbells } = this;
    const { ringing } = this.rings;
    const [newest] = ringing;
    return html`<div class="sr" role="alert">${this.said}</div>
      <div class="layer" popover="manual">
        <dialog
          class=${this.docked ? "docked" : ""}
          aria-label=${newest ? ringTitle(strings, doorbells, newest) : nothing}
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
    const { strings, doorbells, lives, locale, open } = this;
    const { doorbell_id } = ring;
    const doorbell = doorbells.find((one) => one.doorbell_id === doorbell_id);
    if (!doorbell) return nothing;
    const title = ringTitle(strings, doorbells, ring);
    const put = (): void => void this.put(doorbell_id);
    return html`<section aria-label=${title} data-doorbell=${doorbell_id}>
      ${
        this.docked
          ? renderRingLine({ strings, title, doorbell, put, open: () => void open() })
          : renderRingView({
              ...{ strings, title, doorbell, put, time: ringTime(ring, locale) },
              live: lives.find((one) => one.doorbell_id === doorbell_id),
            })
      }
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-ring-alert": RingAlert;
  }
}
