/** All doorbells on the whole screen, for a tablet on the wall: dim until somebody rings. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Doorbell, Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { goBack } from "../ha/navigate.ts";
import { PlayOnce } from "../live/play-once.ts";
import { ringText } from "../live/ring-words.ts";
import "../live/still.ts";
import type { Still } from "../live/still.ts";
import { BASE } from "../panel/route.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { Ticker } from "../ui/ticker.ts";
import { Attention } from "./attention.ts";
import { FullScreen } from "./full-screen.ts";
import { gridOf } from "./grid.ts";
import { ScreenLock } from "./screen-lock.ts";
import { wallStyles } from "./wall-styles.ts";

@customElement("doorwatch-wall-page")
export class WallPage extends HomeElement {
  static override readonly styles = [shared, wallStyles];

  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  @property({ attribute: false }) lives: readonly Live[] = [];
  /** Announced to screen readers. */
  @state() private said = "";
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  private readonly attention = new Attention(Date.now());
  private readonly lock = new ScreenLock(this);
  private readonly fullScreen = new FullScreen(this, () => this.leave());
  private readonly stills = new PlayOnce();
  private left = false;

  constructor() {
    super();
    new Ticker(this, 1_000, () => {
      // The user talks, or uses the controls.
      const busy = this.renderRoot.querySelector(".ringing:focus-within") !== null;
      const front = this.attention.front?.doorbell_id;
      this.attention.pass(Date.now(), (id) => busy && id === front);
      this.requestUpdate();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.left = false;
    // Home Assistant takes the page of a hidden tab away and puts it back.
    if (this.hasUpdated) void this.show();
  }

  protected override firstUpdated(): void {
    void this.show();
  }

  private async show(): Promise<void> {
    await this.fullScreen.enter();
    if (!this.isConnected) return;
    // Only now, because the full-screen element would cover a dialog opened before.
    this.dialog.open = false;
    this.dialog.showModal();
    this.dialog.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("lives")) return;
    if (!this.attention.hear(this.lives, Date.now())) return;
    const { strings, locale, doorbells } = this;
    const [newest] = this.attention.ringing;
    if (newest) this.said = ringText(strings, locale, doorbells, newest);
  }

  protected override updated(): void {
    this.stills.play(this.renderRoot.querySelectorAll<Still>(".ringing"));
  }

  private leave(): void {
    if (this.left || !this.isConnected) return;
    this.left = true;
    goBack(BASE);
  }

  private readonly clicked = {
    handleEvent: (event: Event): void => {
      if (!this.attention.takesClick()) return;
      event.preventDefault();
      event.stopPropagation();
    },
    capture: true,
  };

  protected override render(): TemplateResult {
    const { strings, locale, attention, doorbells } = this;
    const ring = attention.front;
    const rung = doorbells.find((one) => one.doorbell_id === ring?.doorbell_id);
    const heading = ring && rung ? ringText(strings, locale, doorbells, ring) : nothing;
    const change = (act: (now: number) => void) => (): void => {
      act(Date.now());
      this.requestUpdate();
    };
    return html`<dialog
      class=${attention.bright ? "" : "dim"}
      aria-label=${strings.text("panel.wall")}
      tabindex="-1"
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.leave();
      }}
      @close=${() => this.leave()}
      @pointerdown=${change((now) => attention.press(now))}
      @click=${this.clicked}
      @keydown=${change((now) => attention.touch(now))}
    >
      <div class="sr" role="alert">${this.said}</div>
      <div class="bar">
        <h1>${heading}</h1>
        ${
          rung
            ? html`<button
                aria-label=${strings.text("ring.not_now_label", { name: rung.name })}
                @click=${change((now) => {
                  attention.put(rung.doorbell_id, now);
                  this.dialog.focus();
                })}
              >
                ${strings.text("ring.not_now")}
              </button>`
            : nothing
        }
        <button
          class="plain"
          aria-label=${strings.text("wall.leave")}
          title=${strings.text("wall.leave")}
          @click=${() => this.leave()}
        >
          ${icon("unfull")}
        </button>
      </div>
      ${this.grid(rung ? [rung] : doorbells, rung !== undefined)} ${this.hint()}
    </dialog>`;
  }

  private grid(shown: readonly Doorbell[], ringing: boolean): TemplateResult {
    const { more, fewer } = gridOf(shown.length);
    return html`<div class="grid" style="--more: ${more}; --fewer: ${fewer}">
      ${repeat(
        shown,
        (one) => `${one.doorbell_id}${String(ringing)}`,
        (one) =>
          html`<doorwatch-still
            view-only
            class=${ringing ? "ringing" : ""}
            .doorbell=${one}
            .live=${this.lives.find((live) => live.doorbell_id === one.doorbell_id)}
          ></doorwatch-still>`,
      )}
    </div>`;
  }

  private hint(): TemplateResult | typeof nothing {
    const { strings, lock, attention, hass } = this;
    const { kept } = lock;
    if (!hass.connected)
      return html`<p class="hint" role="alert">
        ${strings.text("card.disconnected")}
      </p>`;
    if (!attention.bright || (kept !== "refused" && kept !== "insecure"))
      return nothing;
    return html`<p class="hint">${strings.text(`wall.${kept}`)}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-wall-page": WallPage;
  }
}
