/**
 * Plays a clip in place of its image in a list, silent at first.
 *
 * Events: `clip-plays` whether it plays or is paused, `clip-ended`, and `clip-unplayable`.
 */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { canPlay } from "../clips/playable.ts";
import { urlOf } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { Playback } from "./playback.ts";

@customElement("doorwatch-inline-player")
export class InlinePlayer extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        position: absolute;
        inset: 0;
        /* Time runs from left to right in every language, as in players. */
        direction: ltr;
        color: #fff;
      }
      /* The image below stays until the first frame is there. */
      video {
        width: 100%;
        height: 100%;
        object-fit: cover;
        background: #000;
        opacity: 0;
      }
      video.tall {
        object-fit: contain;
      }
      video.shown {
        opacity: 1;
      }
      .track {
        position: absolute;
        inset: auto 0 0;
        height: 4px;
        background: rgba(0, 0, 0, 0.5);
      }
      .done {
        height: 100%;
        background: #fff;
        forced-color-adjust: none;
      }
      button.plain {
        position: absolute;
        inset-block-end: 0;
        pointer-events: auto;
      }
      .sound {
        right: 0;
      }
      :host(:dir(rtl)) .sound {
        right: auto;
        left: 0;
      }
      .sound .icon {
        box-sizing: content-box;
        padding: 5px;
        border-radius: 50%;
        background: rgba(0, 0, 0, 0.68);
      }
      .sound:focus-visible {
        outline-color: #fff;
        outline-offset: -3px;
      }
      @media (forced-colors: active) {
        .sound {
          border: none;
        }
        .sound .icon {
          border: 1px solid;
          background: ButtonFace;
        }
      }
    `,
  ];

  @property({ attribute: false }) clip!: api.Clip;
  /** The clip in words. */
  @property({ attribute: false }) label = "";
  @property({ attribute: false }) paused = false;
  @state() private source: string | undefined;
  @state() private shown = false;
  @state() private muted = true;
  @query("video") private readonly video!: HTMLVideoElement | null;
  private playback: Playback | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const { video } = this;
    this.playback = undefined;
    if (!video) return;
    // A removed video would go on playing.
    video.pause();
    video.removeAttribute("src");
    video.load();
  }

  protected override firstUpdated(): void {
    void this.open();
  }

  private async open(): Promise<void> {
    const { clip, hass } = this;
    try {
      const playable = await canPlay(clip);
      const link = await api.link(hass.connection, clip.clip_id);
      const url = playable ? link.url : link.preview;
      if (url) this.source = urlOf(hass, url);
      else this.tell("clip-unplayable");
    } catch {
      this.tell("clip-unplayable");
    }
  }

  protected override updated(changed: PropertyValues): void {
    const { video, clip } = this;
    if (!video || !this.isConnected) return;
    this.playback ??= new Playback(video, clip.duration);
    const asked = changed.has("paused") || changed.has("source");
    if (asked && this.playback.plays === this.paused) this.playback.toggle();
  }

  private tell(name: string, detail?: boolean): void {
    if (this.isConnected) this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  private readonly looks = (): void => {
    this.tell("clip-plays", this.playback?.plays ?? false);
  };

  protected override render(): TemplateResult | typeof nothing {
    const { source, strings, clip, playback, muted } = this;
    const percent = playback ? (playback.at / playback.length) * 100 : 0;
    const name = strings.text("live.of", {
      what: strings.text(muted ? "live.unmute" : "live.mute"),
      name: this.label,
    });
    // The button beside says whether it plays.
    return html`${
        source === undefined
          ? nothing
          : html`<video
              class="${this.shown ? "shown" : ""} ${
                clip.height > clip.width ? "tall" : ""
              }"
              playsinline
              aria-hidden="true"
              tabindex="-1"
              .muted=${muted}
              src=${source}
              @loadeddata=${() => {
                this.shown = true;
                this.looks();
              }}
              @play=${this.looks}
              @pause=${this.looks}
              @timeupdate=${() => this.requestUpdate()}
              @ended=${() => this.tell("clip-ended")}
              @error=${() => this.tell("clip-unplayable")}
            ></video>`
      }
      <div class="track"><div class="done" style="width: ${percent}%"></div></div>
      ${
        clip.audio_codec === null
          ? nothing
          : html`<button
              class="plain sound"
              aria-label=${name}
              title=${name}
              @click=${() => (this.muted = !muted)}
            >
              ${icon(muted ? "silent" : "sound")}
            </button>`
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-inline-player": InlinePlayer;
  }
}
