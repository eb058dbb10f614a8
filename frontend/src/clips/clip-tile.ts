/** One clip: its picture, what and when it was, and what can be done with it. */

import { html, nothing, type LitElement, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { clipTileStyles } from "./clip-tile-styles.ts";
import { eventName } from "./clip-words.ts";
import { download as save } from "../ha/download.ts";
import { duration, time } from "../i18n/format.ts";
import { urlOf } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { canPlay, codecName } from "./playable.ts";
import { PreviewMaker } from "./preview-maker.ts";
import { renderOffer } from "./preview-offer.ts";
import { shared } from "../ui/styles.ts";
import "./thumbnail.ts";

const KIND_ICONS: Record<string, IconName> = { ring: "ring", manual: "record" };

/** Undo is gone once the clip is back: who pressed it goes on there. */
export async function focusOnRestored(card: LitElement, clip: api.Clip): Promise<void> {
  await card.updateComplete;
  for (const tile of card.renderRoot.querySelectorAll("doorwatch-clip")) {
    if (tile.clip.clip_id === clip.clip_id) await tile.focusOn(".delete");
  }
}

@customElement("doorwatch-clip")
export class ClipTile extends HomeElement {
  static override readonly styles = [shared, clipTileStyles];

  @property({ attribute: false }) clip!: api.Clip;
  @property({ attribute: false }) doorbell = "";
  /** With one doorbell its name would be said over and over. */
  @property({ attribute: false }) nameShown = true;
  @property({ type: Boolean }) playing = false;
  @property({ type: Boolean, reflect: true }) list = false;

  @state() private source: string | undefined;
  @state() private unplayable = false;
  /** False when this browser has said that it cannot. */
  @state() private playable = true;
  @state() private previewing = false;
  private readonly preview = new PreviewMaker(() => this.previewChanged());
  // A fresh link is asked for once; a second failure is a real one.
  private videoRetried = false;
  /** The button that was pressed goes, and the focus to the one in its place. */
  private pressed = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.preview.stop();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("clip")) {
      const before = changed.get("clip") as api.Clip | undefined;
      if (before?.clip_id !== this.clip.clip_id) void this.askBrowser();
    }
    if (changed.has("playing")) {
      this.source = undefined;
      this.unplayable = false;
      this.videoRetried = false;
      this.previewing = false;
      this.preview.stop();
      if (this.playing) void this.open();
    }
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (!changed.has("playing") || !this.pressed) return;
    this.pressed = false;
    void this.focusOn(this.playing ? ".stop" : ".picture");
  }

  /** For who uses a keyboard: go on at a button of this clip. */
  async focusOn(selector: ".stop" | ".picture" | ".delete"): Promise<void> {
    await this.updateComplete;
    this.renderRoot
      .querySelector<HTMLElement>(selector)
      ?.focus({ preventScroll: true });
  }

  private async askBrowser(): Promise<void> {
    const { clip } = this;
    const playable = await canPlay(clip);
    if (clip.clip_id === this.clip.clip_id) this.playable = playable;
  }

  /** Links live five minutes, so playing starts with a fresh one. */
  private async open(from = 0): Promise<void> {
    try {
      await this.askBrowser();
      if (!this.playable && !this.clip.has_preview && !this.previewing) return;
      const link = await api.link(this.hass.connection, this.clip.clip_id);
      this.previewing = !this.playable;
      // A preview may have made room for another one meanwhile.
      const url = this.playable ? link.url : link.preview;
      this.source = url
        ? urlOf(this.hass, url) + (from > 0 ? `#t=${from}` : "")
        : undefined;
    } catch {
      this.unplayable = true;
    }
  }

  private previewChanged(): void {
    const { phase } = this.preview;
    if (phase.name === "ready" && this.playing) {
      this.previewing = true;
      this.unplayable = false;
      this.source = urlOf(this.hass, phase.url);
    }
    this.requestUpdate();
  }

  private makePreview(): void {
    void this.preview.make(this.hass.connection, this.clip.clip_id);
  }

  private async download(): Promise<void> {
    try {
      const { download } = await api.link(this.hass.connection, this.clip.clip_id);
      save(this.hass, download);
    } catch (error) {
      this.dispatchEvent(
        new CustomEvent("clip-failed", { detail: api.failureOf(error) }),
      );
    }
  }

  private videoFailed(event: Event): void {
    if (this.videoRetried) {
      // What the browser took for playable and is not: then the preview is the way.
      if (this.clip.plays_everywhere || this.previewing) this.unplayable = true;
      else {
        this.playable = false;
        this.source = undefined;
      }
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
      <div class="media ${this.offering ? "offering" : ""}">
        ${this.playing ? this.video() : this.picture()}
      </div>
      <div class="foot">
        <div class="words">
          <span class="time">${this.at}</span>
          ${
            this.nameShown ? html`<span class="muted">${this.doorbell}</span>` : nothing
          }
          ${more.map((one) => html`<span class="muted">${one}</span>`)}
          ${
            this.previewing && this.source
              ? html`<span class="muted" role="status"
                  >${strings.text("clip.preview_shown", {
                    width: String(clip.width),
                    height: String(clip.height),
                    codec: codecName(clip),
                  })}</span
                >`
              : nothing
          }
          ${
            this.playable || this.playing
              ? nothing
              : html`<span class="warning"
                  >${icon("alert")}
                  ${strings.text("clip.cannot_play", { codec: codecName(clip) })}</span
                >`
          }
        </div>
        <div class="actions">${this.actions()}</div>
      </div>
    </article>`;
  }

  private picture(): TemplateResult {
    const { clip, strings } = this;
    return html`<button
        class="picture"
        aria-label=${this.words("clip.play")}
        @click=${() => this.press("play")}
      >
        <doorwatch-thumbnail .path=${clip.thumbnail}></doorwatch-thumbnail>
        <span class="play">${icon("play")}</span>
      </button>
      <span class="kind ${clip.event}" aria-hidden="true">
        ${icon(KIND_ICONS[clip.event] ?? "motion")} ${eventName(strings, clip.event)}
      </span>
      <span class="length" aria-hidden="true">${duration(clip.duration)}</span>`;
  }

  /** The preview is offered in place of a video that would stay black. */
  private get offering(): boolean {
    return this.playing && !this.playable && this.source === undefined;
  }

  private video(): TemplateResult {
    return html`${
        this.source === undefined
          ? this.offering
            ? renderOffer({
                strings: this.strings,
                clip: this.clip,
                phase: this.preview.phase,
                connected: this.hass.connected,
                make: () => this.makePreview(),
                cancel: () => this.preview.stop(),
                download: () => void this.download(),
              })
            : nothing
          : html`<video
              controls
              playsinline
              autoplay
              preload="none"
              aria-label=${this.words("clip.video")}
              src=${this.source}
              @error=${(event: Event) => this.videoFailed(event)}
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
        @click=${() => this.press("stop")}
      >
        ${icon("close")}
      </button>`;
  }

  private actions(): TemplateResult {
    const { clip, strings } = this;
    const off = !this.hass.connected;
    return html`${
      this.playing
        ? html`<button
            class="plain"
            aria-label=${strings.text("clip.download")}
            title=${strings.text("clip.download")}
            ?disabled=${off}
            @click=${() => void this.download()}
          >
            ${icon("download")}
          </button>`
        : nothing
    }
    ${
      clip.may_control
        ? html`<button
              class="plain ${clip.protected ? "on" : ""}"
              aria-pressed=${clip.protected}
              aria-label=${this.words("clip.protect")}
              title=${this.words("clip.protect")}
              ?disabled=${off}
              @click=${() => this.emit("protect")}
            >
              ${icon(clip.protected ? "protected" : "unprotected")}
            </button>
            <button
              class="plain delete"
              aria-label=${this.words("clip.delete")}
              title=${this.words("clip.delete")}
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
            title=${strings.text("clip.share_label", { time: this.at })}
            ?disabled=${off}
            @click=${() => this.emit("share")}
          >
            ${icon("share")}
          </button>`
        : nothing
    }`;
  }

  private press(name: "play" | "stop"): void {
    this.pressed = true;
    this.emit(name);
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
