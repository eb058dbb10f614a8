/** One clip: its picture, what and when it was, and what can be done with it. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "./api.ts";
import { duration, time, type Locale } from "./format.ts";
import { urlOf, type HomeAssistant } from "./hass.ts";
import type { Strings } from "./i18n/strings.ts";
import { icon } from "./icons.ts";
import { shared } from "./styles.ts";

/** "Ring", "Motion", or a plain word for an event that this card does not know. */
export function eventName(strings: Strings, event: string): string {
  const key = `clip.event.${event}`;
  return strings.text(strings.has(key) ? key : "clip.event.other");
}

@customElement("doorwatch-clip")
export class ClipTile extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      article {
        display: flex;
        flex-direction: column;
        height: 100%;
        border-radius: 12px;
        overflow: hidden;
        background: var(--dw-raised);
      }
      .media {
        position: relative;
        aspect-ratio: 16 / 9;
        flex: none;
      }
      button.picture {
        width: 100%;
        height: 100%;
        padding: 0;
        border: none;
        border-radius: 0;
        overflow: hidden;
        background: #1c1c1e;
        color: #fff;
        outline-offset: -4px;
      }
      img,
      video {
        width: 100%;
        height: 100%;
        display: block;
        object-fit: cover;
        background: #000;
      }
      video {
        object-fit: contain;
      }
      .play {
        position: absolute;
        inset: 0;
        margin: auto;
        width: 52px;
        height: 52px;
        display: grid;
        place-items: center;
        border-radius: 50%;
        background: rgba(0, 0, 0, 0.55);
      }
      .play .icon {
        width: 32px;
        height: 32px;
      }
      .length,
      .kind {
        position: absolute;
        padding: 2px 8px;
        border-radius: 10px;
        background: rgba(0, 0, 0, 0.68);
        color: #fff;
        font-size: 0.8125rem;
        font-variant-numeric: tabular-nums;
        pointer-events: none;
      }
      .length {
        inset-block-end: 8px;
        inset-inline-end: 8px;
      }
      .kind {
        inset-block-start: 8px;
        inset-inline-start: 8px;
        display: flex;
        align-items: center;
        gap: 4px;
      }
      .kind.ring {
        background: var(--dw-accent);
      }
      .kind .icon {
        width: 16px;
        height: 16px;
      }
      .stop {
        position: absolute;
        inset-block-start: 6px;
        inset-inline-end: 6px;
        background: rgba(0, 0, 0, 0.6) !important;
        color: #fff;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 4px;
        padding: 4px 6px 4px 12px;
        flex: 1;
      }
      .words {
        flex: 1 1 84px;
        min-width: 0;
        padding: 4px 0;
        line-height: 1.3;
      }
      .time {
        font-weight: 500;
        font-variant-numeric: tabular-nums;
      }
      .words .muted {
        display: block;
        font-size: 0.8125rem;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .actions {
        display: flex;
        margin-inline-start: auto;
      }
      button.on {
        color: color-mix(in srgb, var(--primary-color, #009ac7) 45%, var(--dw-text));
        background: color-mix(in srgb, var(--primary-color, #009ac7) 22%, transparent);
      }
      p.failure {
        position: absolute;
        inset: auto 0 0;
        margin: 0;
        padding: 8px 12px;
        background: rgba(0, 0, 0, 0.75);
        color: #fff;
      }
      :host([list]) article:not(.playing) {
        display: grid;
        grid-template-columns: clamp(112px, 34%, 200px) 1fr;
        align-items: center;
      }
      :host([list]) article:not(.playing) .media {
        align-self: stretch;
        min-height: 80px;
        aspect-ratio: auto;
      }
      :host([list]) .play {
        width: 36px;
        height: 36px;
      }
      :host([list]) .play .icon {
        width: 22px;
        height: 22px;
      }
      :host([list]) .kind,
      :host([list]) .length {
        inset-block: auto 4px;
        font-size: 0.75rem;
      }
      :host([list]) .kind {
        inset-block: 4px auto;
      }
    `,
  ];

  @property({ attribute: false }) clip!: api.Clip;
  @property({ attribute: false }) hass!: HomeAssistant;
  @property({ attribute: false }) strings!: Strings;
  @property({ attribute: false }) locale!: Locale;
  @property({ attribute: false }) doorbell = "";
  /** With one doorbell its name would be said over and over. */
  @property({ attribute: false }) nameShown = true;
  @property({ type: Boolean }) playing = false;
  @property({ type: Boolean, reflect: true }) list = false;

  @state() private source: string | undefined;
  @state() private unplayable = false;
  @state() private pictureMissing = false;
  // A fresh link is asked for once each; a second failure is a real one.
  private pictureRetried = false;
  private videoRetried = false;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("playing")) {
      this.source = undefined;
      this.unplayable = false;
      this.videoRetried = false;
      if (this.playing) void this.open();
    }
    if (changed.has("clip")) {
      const before = changed.get("clip") as api.Clip | undefined;
      if (before?.thumbnail !== this.clip.thumbnail) this.pictureMissing = false;
    }
  }

  /** Links live five minutes, so playing starts with a fresh one. */
  private async open(from = 0): Promise<void> {
    try {
      const link = await api.link(this.hass.connection, this.clip.clip_id);
      this.source = urlOf(this.hass, link.url) + (from > 0 ? `#t=${from}` : "");
    } catch {
      this.unplayable = true;
    }
  }

  private async pictureFailed(): Promise<void> {
    if (this.pictureRetried) {
      this.pictureMissing = true;
      return;
    }
    this.pictureRetried = true;
    try {
      const link = await api.link(this.hass.connection, this.clip.clip_id);
      this.clip = { ...this.clip, ...link };
    } catch {
      this.pictureMissing = true;
    }
  }

  private videoFailed(event: Event): void {
    if (this.videoRetried) {
      this.unplayable = true;
      return;
    }
    this.videoRetried = true;
    void this.open((event.target as HTMLVideoElement).currentTime);
  }

  /** What worked again may fail again later, when the next link has expired. */
  private readonly videoWorks = (): void => {
    this.videoRetried = false;
  };

  private get at(): string {
    return time(this.clip.started_at, this.clip.timezone, this.locale);
  }

  private words(key: string): string {
    return this.strings.text(key, {
      event: eventName(this.strings, this.clip.event),
      time: this.at,
      duration: duration(this.clip.duration),
      doorbell: this.doorbell,
    });
  }

  protected override render(): TemplateResult {
    const { clip, strings } = this;
    const more = [
      clip.part > 1 ? strings.text("clip.part", { part: clip.part }) : "",
      clip.gaps > 0 ? strings.text("clip.gaps", { count: clip.gaps }) : "",
      clip.recovered ? strings.text("clip.recovered") : "",
    ].filter(Boolean);
    return html`<article class=${this.playing ? "playing" : ""}>
      <div class="media">${this.playing ? this.video() : this.picture()}</div>
      <div class="foot">
        <div class="words">
          <span class="time">${this.at}</span>
          ${
            this.nameShown ? html`<span class="muted">${this.doorbell}</span>` : nothing
          }
          ${more.map((one) => html`<span class="muted">${one}</span>`)}
        </div>
        <div class="actions">${this.actions()}</div>
      </div>
    </article>`;
  }

  private picture(): TemplateResult {
    const { clip, strings } = this;
    const ring = clip.event === "ring";
    return html`<button
        class="picture"
        aria-label=${this.words("clip.play")}
        @click=${() => this.emit("play")}
      >
        ${
          this.pictureMissing
            ? html`<span>${strings.text("clip.no_thumbnail")}</span>`
            : html`<img
                src=${urlOf(this.hass, clip.thumbnail)}
                alt=""
                loading="lazy"
                decoding="async"
                @error=${() => void this.pictureFailed()}
              />`
        }
        <span class="play">${icon("play")}</span>
      </button>
      <span class="kind ${ring ? "ring" : ""}" aria-hidden="true">
        ${icon(ring ? "ring" : "motion")} ${eventName(strings, clip.event)}
      </span>
      <span class="length" aria-hidden="true">${duration(clip.duration)}</span>`;
  }

  private video(): TemplateResult {
    return html`${
        this.source === undefined
          ? nothing
          : html`<video
              controls
              playsinline
              autoplay
              preload="none"
              aria-label=${this.words("clip.video")}
              src=${this.source}
              @error=${this.videoFailed}
              @playing=${this.videoWorks}
            ></video>`
      }
      ${
        this.unplayable
          ? html`<p class="failure" role="alert">
              ${this.strings.text("clip.unplayable")}
            </p>`
          : nothing
      }
      <button
        class="plain stop"
        aria-label=${this.strings.text("clip.stop")}
        @click=${() => this.emit("stop")}
      >
        ${icon("close")}
      </button>`;
  }

  private actions(): TemplateResult {
    const { clip, strings } = this;
    const off = !this.hass.connected;
    const protectLabel = strings.text(
      clip.protected ? "clip.unprotect" : "clip.protect",
    );
    return html`${
      clip.may_control
        ? html`<button
              class="plain ${clip.protected ? "on" : ""}"
              aria-pressed=${clip.protected}
              aria-label=${strings.text("clip.protect")}
              title=${protectLabel}
              ?disabled=${off}
              @click=${() => this.emit("protect")}
            >
              ${icon(clip.protected ? "protected" : "unprotected")}
            </button>
            <button
              class="plain"
              aria-label=${strings.text("clip.delete")}
              title=${strings.text("clip.delete")}
              ?disabled=${off}
              @click=${() => this.emit("delete")}
            >
              ${icon("delete")}
            </button>`
        : nothing
    }
    ${
      clip.may_share
        ? html`<button
            class="plain"
            aria-label=${strings.text("clip.share_label", { time: this.at })}
            title=${strings.text("clip.share")}
            ?disabled=${off}
            @click=${() => this.emit("share")}
          >
            ${icon("share")}
          </button>`
        : nothing
    }`;
  }

  private emit(name: "play" | "stop" | "protect" | "delete" | "share"): void {
    this.dispatchEvent(new CustomEvent(`clip-${name}`, { detail: this.clip }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip": ClipTile;
  }
}
