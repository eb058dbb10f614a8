/**
 * Plays a clip through short-lived links, or a preview if the browser cannot play it.
 *
 * Events: `clip-ended`, and `clip-download`.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { urlOf } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { codecName, canPlay } from "../clips/playable.ts";
import { PreviewMaker } from "../clips/preview-maker.ts";
import { renderOffer } from "../clips/preview-offer.ts";
import { thumbnailStyles } from "../clips/thumbnail.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { clipPlayerStyles } from "./clip-player-styles.ts";
import "./player-controls.ts";
import type { PlayerControls } from "./player-controls.ts";

@customElement("doorwatch-clip-player")
export class ClipPlayer extends HomeElement {
  static override readonly styles = [shared, thumbnailStyles, clipPlayerStyles];

  @property({ attribute: false }) clip!: api.Clip;
  /** The video's accessible name. */
  @property({ attribute: false }) label = "";
  @property({ attribute: false }) doorbell = "";
  /** The start position in seconds. */
  @property({ attribute: false }) from = 0;
  /** Play although the user prefers reduced motion, because the user asked for it. */
  @property({ attribute: false }) goesOn = false;

  @state() private source: string | undefined;
  @state() private unplayable = false;
  /** False if the browser cannot play it. */
  @state() private playable = true;
  @state() private previewing = false;
  /** Some browsers show gray first, then nothing, then the first frame. */
  @state() private shows: "grey" | "nothing" | "picture" = "grey";
  @state() private paused = false;
  @query("video") private readonly video!: HTMLVideoElement | null;
  @query("doorwatch-player-controls")
  private readonly controls!: PlayerControls | null;
  private readonly preview = new PreviewMaker(() => this.previewChanged());
  // Request a new link once; report a second failure.
  private retried = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.preview.stop();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const before = changed.get("clip") as api.Clip | undefined;
    if (!changed.has("clip") || before?.clip_id === this.clip.clip_id) return;
    this.preview.stop();
    this.source = undefined;
    this.unplayable = false;
    this.playable = true;
    this.previewing = false;
    this.shows = "grey";
    this.paused = false;
    this.retried = false;
    void this.open(this.from);
  }

  protected override updated(): void {
    this.toggleAttribute("offering", this.source === undefined && !this.playable);
    // Another source may come with another element.
    if (this.controls) this.controls.video = this.video;
  }

  private async open(from: number): Promise<void> {
    const { clip } = this;
    const current = (): boolean => clip.clip_id === this.clip.clip_id;
    try {
      const playable = this.playable && (await canPlay(clip));
      if (!current()) return;
      this.playable = playable;
      if (!playable && !clip.has_preview && !this.previewing) return;
      const link = await api.link(this.hass.connection, clip.clip_id);
      if (!current()) return;
      this.previewing = !playable;
      // The preview may have been evicted by another one.
      const url = playable ? link.url : link.preview;
      this.source = url
        ? urlOf(this.hass, url) + (from > 0 ? `#t=${from}` : "")
        : undefined;
    } catch {
      if (current()) this.unplayable = true;
    }
  }

  private previewChanged(): void {
    const { phase } = this.preview;
    if (phase.name === "ready") {
      this.previewing = true;
      this.unplayable = false;
      this.source = urlOf(this.hass, phase.url);
    }
    this.requestUpdate();
  }

  private failed(event: Event): void {
    if (this.retried) {
      // The browser cannot play it after all, so use the preview.
      if (this.clip.plays_everywhere || this.previewing) this.unplayable = true;
      else {
        this.playable = false;
        this.source = undefined;
      }
      return;
    }
    this.retried = true;
    const { currentTime } = event.target as HTMLVideoElement;
    void this.open(this.shows === "grey" ? this.from : currentTime);
  }

  /** The next link may expire, too, so allow another retry. */
  private readonly works = (): void => {
    this.retried = false;
  };

  /** Handle a key of the page; return whether it has a meaning here. */
  press(event: KeyboardEvent): boolean {
    return this.controls?.press(event) ?? false;
  }

  pause(): void {
    this.video?.pause();
  }

  private readonly toggle = (): void => {
    const { video } = this;
    // If the browser refuses, nothing changes.
    if (video?.paused) void video.play().catch(() => undefined);
    else video?.pause();
  };

  private readonly pauses = (): void => {
    this.paused = this.controls?.plays === false;
  };

  protected override render(): TemplateResult {
    const offering = this.source === undefined && !this.playable;
    return html`<div class="screen">
        ${
          this.shows === "picture"
            ? nothing
            : html`<doorwatch-thumbnail
                class=${this.source && this.shows === "grey" ? "above" : ""}
                .path=${this.clip.thumbnail}
              ></doorwatch-thumbnail>`
        }
        ${offering ? this.offer() : nothing}
        ${this.source === undefined ? nothing : this.film(this.source)} ${this.note()}
      </div>
      ${
        offering
          ? nothing
          : html`<doorwatch-player-controls
              .clip=${this.clip}
              .screen=${this}
              .doorbell=${this.doorbell}
            ></doorwatch-player-controls>`
      }`;
  }

  private film(source: string): TemplateResult {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return html`<video
        playsinline
        ?autoplay=${!still || this.goesOn}
        preload="metadata"
        aria-label=${this.label}
        src=${source}
        @loadedmetadata=${() => (this.shows = "nothing")}
        @loadeddata=${() => {
          this.shows = "picture";
          this.pauses();
        }}
        @error=${(event: Event) => this.failed(event)}
        @playing=${this.works}
        @play=${this.pauses}
        @pause=${this.pauses}
        @ended=${() => this.dispatchEvent(new CustomEvent("clip-ended"))}
        @click=${this.toggle}
      ></video>
      ${this.paused ? html`<span class="paused">${icon("play")}</span>` : nothing}`;
  }

  private offer(): TemplateResult {
    const { clip, strings, hass } = this;
    return renderOffer({
      strings,
      clip,
      phase: this.preview.phase,
      connected: hass.connected,
      make: () => void this.preview.make(hass.connection, clip.clip_id),
      cancel: () => this.preview.stop(),
      download: () => this.dispatchEvent(new CustomEvent("clip-download")),
    });
  }

  private note(): TemplateResult | typeof nothing {
    const { clip, strings } = this;
    if (this.unplayable)
      return html`<p class="failure" role="alert">
        ${strings.text("clip.unplayable")}
      </p>`;
    if (!this.previewing || this.source === undefined) return nothing;
    return html`<p class="note" role="status">
      ${strings.text("clip.preview_shown", {
        width: String(clip.width),
        height: String(clip.height),
        codec: codecName(clip),
      })}
    </p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip-player": ClipPlayer;
  }
}
