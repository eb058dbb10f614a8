/** What a doorbell sees now, as a picture; whether it records; and recording now. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { eventName } from "../clips/clip-words.ts";
import { HomeElement } from "../ha/home-element.ts";
import { duration } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";

/** As often as Home Assistant's own cards ask for a picture. */
const ANEW = 10_000;
/** How long a press on Record now records, unless it is stopped. */
export const RECORD_FOR = 60;

@customElement("doorwatch-still")
export class Still extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        container-type: inline-size;
        overflow: hidden;
        aspect-ratio: 16 / 9;
        border-radius: var(--ha-card-border-radius, 12px);
        background: #1c1c1e;
        color: #fff;
      }
      .picture {
        display: grid;
        place-items: center;
        width: 100%;
        height: 100%;
        padding: 0;
        border: none;
        border-radius: inherit;
        outline-offset: -4px;
        color: inherit;
      }
      img {
        width: 100%;
        height: 100%;
        object-fit: cover;
      }
      .foot {
        position: absolute;
        inset: auto 0 0;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        padding: 24px 12px 8px;
        background: linear-gradient(transparent, rgba(0, 0, 0, 0.8));
        pointer-events: none;
      }
      .name {
        flex: 1;
        min-width: 0;
        font-weight: 500;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .foot button {
        pointer-events: auto;
        border-color: transparent;
        background: rgba(0, 0, 0, 0.62);
        color: #fff;
      }
      .foot button:hover:not(:disabled) {
        background: rgba(0, 0, 0, 0.85);
      }
      :focus-visible {
        outline-color: #fff;
      }
      .recording {
        position: absolute;
        inset-block-start: 8px;
        inset-inline-end: 8px;
        display: flex;
        align-items: center;
        gap: 6px;
        padding: 4px 10px;
        border-radius: 14px;
        background: rgba(0, 0, 0, 0.72);
        font-variant-numeric: tabular-nums;
        pointer-events: none;
      }
      .recording i {
        width: 10px;
        height: 10px;
        border-radius: 50%;
        background: #ff5449;
        forced-color-adjust: none;
      }
      /* Beside others: the buttons say by their icons what they do. */
      @container (max-width: 250px) {
        .foot {
          padding: 24px 4px 4px 10px;
        }
        .foot button {
          padding: 0;
        }
        .foot button .words,
        .recording [role="status"] {
          position: absolute;
          width: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
      }
      @media (prefers-reduced-motion: no-preference) {
        .recording i {
          animation: breathe 1s ease-in-out infinite alternate;
        }
        @keyframes breathe {
          to {
            opacity: 0.3;
          }
        }
      }
    `,
  ];

  @property({ attribute: false }) doorbell!: api.Doorbell;
  @property({ attribute: false }) recording: api.Recording | undefined;
  /** Only to look at: recording by hand is offered elsewhere. */
  @property({ type: Boolean, attribute: "view-only" }) viewOnly = false;
  @state() private source: string | undefined;
  @state() private missing = false;
  @state() private busy = false;
  private readonly seen = new IntersectionObserver(([entry]) => {
    this.onScreen = entry?.isIntersecting ?? false;
    if (this.onScreen) void this.look();
  });
  private onScreen = false;
  /** What takes the place of the button that was pressed. */
  private goOnAt: string | undefined;
  private looking = false;
  private lookedAt = -Infinity;
  private ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.seen.observe(this);
    this.ticking = setInterval(() => this.tick(), 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.seen.disconnect();
    clearInterval(this.ticking);
    this.forget();
  }

  private forget(): void {
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = undefined;
    this.lookedAt = -Infinity;
  }

  private tick(): void {
    if (this.recording) this.requestUpdate();
    if (this.onScreen && !document.hidden) void this.look();
  }

  private get entity(): string | null {
    return this.doorbell.camera_entity_id;
  }

  private get offline(): boolean {
    return this.hass.states[this.entity ?? ""]?.state === "unavailable";
  }

  private async look(): Promise<void> {
    const { entity, hass } = this;
    if (!entity || this.looking || this.offline) return;
    if (performance.now() - this.lookedAt < ANEW) return;
    this.looking = true;
    this.lookedAt = performance.now();
    try {
      const response = await hass.fetchWithAuth(`/api/camera_proxy/${entity}`);
      if (!response.ok) throw new Error(response.statusText);
      const source = URL.createObjectURL(await response.blob());
      if (this.source) URL.revokeObjectURL(this.source);
      this.source = source;
      this.missing = false;
    } catch {
      this.missing = true;
    }
    this.looking = false;
    if (!this.isConnected) this.forget();
  }

  /** Home Assistant's own dialog shows it live. */
  private open(): void {
    this.dispatchEvent(
      new CustomEvent("hass-more-info", {
        detail: { entityId: this.entity },
        bubbles: true,
        composed: true,
      }),
    );
  }

  private async record(): Promise<void> {
    const { doorbell_id, name } = this.doorbell;
    this.goOnAt = ".stop";
    await this.attempt(async (connection) => {
      const recorded = await api.record(connection, doorbell_id, RECORD_FOR);
      const kind = recorded.extends?.find((one) => one !== "manual");
      const text = kind
        ? this.strings.text("live.extends", {
            event: eventName(this.strings, kind),
            name,
          })
        : this.strings.text("snackbar.recording", { name });
      say(this, { text });
    });
  }

  private async stop(): Promise<void> {
    const { doorbell_id } = this.doorbell;
    this.goOnAt = ".record";
    await this.attempt((connection) => api.stopRecording(connection, doorbell_id));
  }

  /** The button that was pressed gives way to another, as soon as the home tells of it. */
  protected override updated(): void {
    if (!this.goOnAt || this.busy) return;
    const next = this.renderRoot.querySelector<HTMLElement>(this.goOnAt);
    if (!next) return;
    this.goOnAt = undefined;
    if (document.activeElement === document.body) next.focus();
  }

  private async attempt(
    act: (connection: typeof this.hass.connection) => Promise<unknown>,
  ): Promise<void> {
    this.busy = true;
    try {
      await act(this.hass.connection);
    } catch (error) {
      this.goOnAt = undefined;
      say(this, { text: problemText(this.strings, api.failureOf(error)) });
    }
    this.busy = false;
  }

  protected override render(): TemplateResult {
    const { strings, doorbell, recording, missing, offline } = this;
    const { name } = doorbell;
    const none = offline || missing || !this.entity;
    const instead =
      none && (offline || !this.source) ? (offline ? "offline" : "none") : "";
    const opens = strings.text("live.open", { name });
    return html`<button
        class="picture"
        aria-label=${instead ? `${strings.text(`live.${instead}`)}. ${opens}` : opens}
        ?disabled=${!this.entity}
        @click=${() => this.open()}
      >
        ${
          this.source && !offline
            ? html`<img src=${this.source} alt="" />`
            : instead
              ? html`<span>${strings.text(`live.${instead}`)}</span>`
              : nothing
        }
      </button>
      ${recording ? this.sign(recording) : nothing}
      <div class="foot">
        <span class="name">${name}</span>
        ${this.mayRecord ? this.button() : nothing}
      </div>`;
  }

  private get mayRecord(): boolean {
    const { may_control, records } = this.doorbell;
    return !this.viewOnly && may_control && records;
  }

  private sign({ since }: api.Recording): TemplateResult {
    const seconds = (Date.now() - Date.parse(since)) / 1000;
    return html`<div class="recording">
      <i></i>
      <span role="status">${this.strings.text("live.recording")}</span>
      <span aria-hidden="true">${duration(seconds)}</span>
    </div>`;
  }

  private button(): TemplateResult {
    const { strings, recording, busy, hass } = this;
    const { name } = this.doorbell;
    const off = busy || !hass.connected;
    if (recording?.by_hand_until)
      return html`<button
        class="stop"
        aria-label=${strings.text("live.stop_label", { name })}
        ?disabled=${off}
        @click=${() => void this.stop()}
      >
        ${icon("stop")}<span class="words">${strings.text("live.stop")}</span>
      </button>`;
    return html`<button
      class="record"
      aria-label=${strings.text("live.record_label", { name })}
      ?disabled=${off}
      @click=${() => void this.record()}
    >
      ${icon("record")}<span class="words">${strings.text("live.record")}</span>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-still": Still;
  }
}
