/** All doorbells on the whole screen, for a tablet on the wall: dim until somebody rings. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Doorbell, Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { goBack } from "../ha/navigate.ts";
import { time } from "../i18n/format.ts";
import type { Ring } from "../live/rings.ts";
import "../live/still.ts";
import type { Still } from "../live/still.ts";
import { BASE } from "../panel/route.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { Attention } from "./attention.ts";
import { ScreenLock } from "./screen-lock.ts";

@customElement("doorwatch-wall-page")
export class WallPage extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      dialog {
        /* Black in each theme: it is on all night. */
        --primary-text-color: #fff;
        --secondary-text-color: #c8c8c8;
        --card-background-color: #1c1c1e;
        --dw-text: #fff;
        --dw-muted: #c8c8c8;
        --dw-surface: #1c1c1e;
        --dw-link: #fff;
        --dw-button: #3a3a3c;
        position: fixed;
        inset: 0;
        display: flex;
        flex-direction: column;
        gap: 12px;
        width: 100%;
        height: 100%;
        max-width: none;
        max-height: none;
        margin: 0;
        padding: 12px;
        padding-top: max(12px, env(safe-area-inset-top, 0px));
        overflow-y: auto;
        border: none;
        color: #fff;
        background: #000;
      }
      dialog:focus-visible {
        outline: none;
      }
      .bar {
        flex: none;
        display: flex;
        align-items: center;
        gap: 12px;
      }
      h1 {
        flex: 1;
        min-width: 0;
        margin: 0;
        font-size: 1.5rem;
        font-weight: 500;
      }
      .grid {
        --columns: var(--more);
        --rows: var(--fewer);
        /* The bar, and the space around it. */
        --around: 100px;
        flex: 1;
        display: grid;
        grid-template-columns: repeat(var(--columns), 1fr);
        gap: 12px;
        align-content: center;
        width: min(
          100%,
          (100dvh - var(--around)) * var(--columns) / var(--rows) * 16 / 9
        );
        margin-inline: auto;
      }
      /* Also the controls of live view. */
      .grid:has([live]) {
        --around: 220px;
      }
      @media (orientation: portrait) {
        .grid {
          --columns: var(--fewer);
          --rows: var(--more);
        }
      }
      .hint {
        flex: none;
        margin: 0;
        color: var(--dw-muted);
        text-align: center;
      }
      .dim > * {
        opacity: 0.3;
      }
      @media (prefers-reduced-motion: no-preference) {
        dialog > * {
          transition: opacity 0.4s;
        }
      }
    `,
  ];

  @property({ attribute: false }) doorbells: readonly Doorbell[] = [];
  @property({ attribute: false }) lives: readonly Live[] = [];
  /** Announced to screen readers. */
  @state() private said = "";
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  private readonly attention = new Attention(Date.now());
  private readonly lock = new ScreenLock(() => this.requestUpdate());
  private ticking: ReturnType<typeof setInterval> | undefined;
  private wasFull = false;
  private left = false;
  /** The current touch only brightens. */
  private brightens = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.left = false;
    this.lock.start();
    this.addEventListener("fullscreenchange", this.turned);
    this.ticking = setInterval(() => this.pass(), 1_000);
    // Home Assistant takes the page of a hidden tab away and puts it back.
    if (this.hasUpdated) void this.show();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.lock.stop();
    this.removeEventListener("fullscreenchange", this.turned);
    clearInterval(this.ticking);
    if (this.matches(":fullscreen")) void document.exitFullscreen();
  }

  protected override firstUpdated(): void {
    void this.show();
  }

  private async show(): Promise<void> {
    // Not allowed without a tap, such as after a reload: then the page fills its window.
    if (document.fullscreenEnabled)
      await this.requestFullscreen().catch(() => undefined);
    if (!this.isConnected) return;
    // Only now, because the full-screen element would cover a dialog opened before.
    this.dialog.open = false;
    this.dialog.showModal();
    this.dialog.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("lives")) return;
    if (!this.attention.hear(this.lives, Date.now())) return;
    const [newest] = this.attention.ringing;
    if (newest) this.said = this.words(newest);
  }

  protected override updated(): void {
    for (const still of this.renderRoot.querySelectorAll<Still>(".ringing")) {
      if (this.begun.has(still)) continue;
      this.begun.add(still);
      void still.updateComplete.then(() => still.play({ dialog: false }));
    }
  }
  private readonly begun = new WeakSet<Still>();

  /** Leaving full screen leaves this page, unless a tile was in full screen. */
  private readonly turned = (): void => {
    const full = this.matches(":fullscreen");
    if (this.wasFull && !full && !document.fullscreenElement) this.leave();
    this.wasFull = full;
  };

  private leave(): void {
    if (this.left || !this.isConnected) return;
    this.left = true;
    goBack(BASE);
  }

  private pass(): void {
    this.attention.pass(Date.now(), (id) => this.isAt(id));
    this.requestUpdate();
  }

  /** Whether the user talks or uses the controls of this doorbell. */
  private isAt(doorbellId: string): boolean {
    const still = this.renderRoot.querySelector(".ringing");
    return (
      this.ring?.doorbell_id === doorbellId && still?.matches(":focus-within") === true
    );
  }

  /** The newest, unless the user talks at another one. */
  private get ring(): Ring | undefined {
    const { ringing } = this.attention;
    const talks = ({ doorbell_id }: Ring): boolean =>
      this.lives.some(
        (live) => live.doorbell_id === doorbell_id && live.talker?.session_id,
      );
    return ringing.find(talks) ?? ringing[0];
  }

  private readonly touched = (): void => {
    this.attention.touch(Date.now());
    this.requestUpdate();
  };

  private readonly pressed = (): void => {
    this.brightens = !this.attention.bright;
    this.touched();
  };

  private readonly clicked = {
    handleEvent: (event: Event): void => {
      if (!this.brightens) return;
      this.brightens = false;
      event.preventDefault();
      event.stopPropagation();
    },
    capture: true,
  };

  /** Who rings, and since when: a second ring is announced, too. */
  private words({ doorbell_id, rang_at }: Ring): string {
    const name = this.doorbells.find((one) => one.doorbell_id === doorbell_id)?.name;
    const title = this.strings.text("ring.title", {
      name: name ?? this.strings.text("clip.no_doorbell"),
    });
    return `${title} ${time(rang_at, this.locale.zone ?? "UTC", this.locale)}`;
  }

  protected override render(): TemplateResult {
    const { strings, attention, doorbells, ring } = this;
    const rung = doorbells.find((one) => one.doorbell_id === ring?.doorbell_id);
    return html`<dialog
      class=${attention.bright ? "" : "dim"}
      aria-label=${strings.text("panel.wall")}
      tabindex="-1"
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.leave();
      }}
      @close=${() => this.leave()}
      @pointerdown=${this.pressed}
      @click=${this.clicked}
      @keydown=${this.touched}
    >
      <div class="sr" role="alert">${this.said}</div>
      <div class="bar">
        <h1>${ring && rung ? this.words(ring) : nothing}</h1>
        ${
          rung
            ? html`<button
                aria-label=${strings.text("ring.not_now_label", { name: rung.name })}
                @click=${() => {
                  attention.put(rung.doorbell_id, Date.now());
                  this.dialog.focus();
                  this.requestUpdate();
                }}
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
    const more = Math.ceil(Math.sqrt(shown.length)) || 1;
    const fewer = Math.ceil(shown.length / more) || 1;
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
