/** Plays a clip: by links that live some minutes, or by a preview where the browser cannot. */

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

/** How far an arrow key goes in the video, in seconds. */
export const STEP = 5;

@customElement("doorwatch-clip-player")
export class ClipPlayer extends HomeElement {
  static override readonly styles = [shared, thumbnailStyles, clipPlayerStyles];

  @property({ attribute: false }) clip!: api.Clip;
  /** What the video is called. */
  @property({ attribute: false }) label = "";
  /** Where it begins, in seconds. */
  @property({ attribute: false }) from = 0;

  @state() private source: string | undefined;
  @state() private unplayable = false;
  /** False when this browser has said that it cannot. */
  @state() private playable = true;
  @state() private previewing = false;
  /** What the video shows: grey at first in some browsers, then nothing, then its own picture. */
  @state() private shows: "grey" | "nothing" | "picture" = "grey";
  @query("video") private readonly video!: HTMLVideoElement | null;
  private readonly preview = new PreviewMaker(() => this.previewChanged());
  // A fresh link is asked for once; a second failure is a real one.
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
      // A preview may have made room for another one meanwhile.
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
      // What the browser took for playable and is not: then the preview is the way.
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

  /** What worked again may fail again later, when the next link has expired. */
  private readonly works = (): void => {
    this.retried = false;
  };

  /** Arrow keys move within the video while it has the focus, whatever the browser does itself. */
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
