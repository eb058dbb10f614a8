/** Plays a clip through short-lived links, or a preview if the browser cannot play it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { urlOf } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { shared } from "../ui/styles.ts";
import { clipPlayerStyles } from "./clip-player-styles.ts";
import { codecName, canPlay } from "./playable.ts";
import { PreviewMaker } from "./preview-maker.ts";
import { renderOffer } from "./preview-offer.ts";
import { thumbnailStyles } from "./thumbnail.ts";

/** Seconds that an arrow key skips. */
export const STEP = 5;

@customElement("doorwatch-clip-player")
export class ClipPlayer extends HomeElement {
  static override readonly styles = [shared, thumbnailStyles, clipPlayerStyles];

  @property({ attribute: false }) clip!: api.Clip;
  /** The video's accessible name. */
  @property({ attribute: false }) label = "";
  /** The start position in seconds. */
  @property({ attribute: false }) from = 0;

  @state() private source: string | undefined;
  @state() private unplayable = false;
  /** False if the browser cannot play it. */
  @state() private playable = true;
  @state() private previewing = false;
  /** Some browsers show gray first, then nothing, then the first frame. */
  @state() private shows: "grey" | "nothing" | "picture" = "grey";
  @query("video") private readonly video!: HTMLVideoElement | null;
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
    this.retried = false;
    void this.open(this.from);
  }

  protected override updated(): void {
    this.toggleAttribute("offering", this.source === undefined && !this.playable);
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

  /**
   * Seek with arrow keys while the video has the focus, instead of the browser's own behavior.
   */
  private seek(event: KeyboardEvent): void {
    const { video } = this;
    if (!video || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    video.currentTime = Math.max(0, video.currentTime + step);
  }

  protected override render(): TemplateResult {
    const { clip, strings } = this;
    return html`${
      this.shows === "picture"
        ? nothing
        : html`<doorwatch-thumbnail
            class=${this.source && this.shows === "grey" ? "above" : ""}
            .path=${clip.thumbnail}
          ></doorwatch-thumbnail>`
    }
    ${
      this.source === undefined
        ? this.playable
          ? nothing
          : renderOffer({
              strings,
              clip,
              phase: this.preview.phase,
              connected: this.hass.connected,
              make: () => void this.preview.make(this.hass.connection, clip.clip_id),
              cancel: () => this.preview.stop(),
              download: () => this.dispatchEvent(new CustomEvent("clip-download")),
            })
        : html`<video
            controls
            playsinline
            ?autoplay=${!matchMedia("(prefers-reduced-motion: reduce)").matches}
            preload="metadata"
            aria-label=${this.label}
            src=${this.source}
            @loadedmetadata=${() => (this.shows = "nothing")}
            @loadeddata=${() => (this.shows = "picture")}
            @error=${(event: Event) => this.failed(event)}
            @playing=${this.works}
            @keydown=${(event: KeyboardEvent) => this.seek(event)}
          ></video>`
    }
    ${
      this.unplayable
        ? html`<p class="failure" role="alert">${strings.text("clip.unplayable")}</p>`
        : this.previewing && this.source
          ? html`<p class="note" role="status">
              ${strings.text("clip.preview_shown", {
                width: String(clip.width),
                height: String(clip.height),
                codec: codecName(clip),
              })}
            </p>`
          : nothing
    }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip-player": ClipPlayer;
  }
}
