/** The controls of a clip's video. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { duration, tenths } from "../i18n/format.ts";
import { canFill, toggleFull } from "../live/screen.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { actionOf, type Action } from "./keys.ts";
import { OfClip } from "./of-clip.ts";
import { LEAP, Playback, SPEEDS, STEP } from "./playback.ts";
import { playerControlsStyles } from "./player-controls-styles.ts";
import "./scrub-bar.ts";
import { fileName, saveFrame } from "./snapshot.ts";

const EVENTS = ["play", "pause", "ended", "timeupdate", "durationchange", "emptied"];

@customElement("doorwatch-player-controls")
export class PlayerControls extends HomeElement {
  static override readonly styles = [shared, playerControlsStyles];

  @property({ attribute: false }) clip!: api.Clip;
  @property({ attribute: false }) video: HTMLVideoElement | null = null;
  /** Filled by the full screen: the video with these controls. */
  @property({ attribute: false }) screen: HTMLElement | null = null;
  /** The doorbell's name. */
  @property({ attribute: false }) doorbell = "";
  private playback: Playback | undefined;
  private readonly strip = new OfClip(api.strip, () => this.requestUpdate());
  private readonly levels = new OfClip(api.loudness, () => this.requestUpdate());
  /** Kept from clip to clip. */
  private speed = 1;
  private muted = false;
  private attached: AbortController | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fullscreenchange", this.redraw);
    this.attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fullscreenchange", this.redraw);
    this.attached?.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("clip");
    // The same clip is replaced at each of its changes.
    const other = changed.has("clip") && before?.clip_id !== this.clip.clip_id;
    if (changed.has("video") || other) this.attach();
  }

  private readonly redraw = (): void => this.requestUpdate();

  /** Follow the video. */
  private attach(): void {
    this.attached?.abort();
    const { video } = this;
    this.playback = video ? new Playback(video, this.clip.duration) : undefined;
    if (!video) return;
    this.attached = new AbortController();
    const { signal } = this.attached;
    for (const name of EVENTS) video.addEventListener(name, this.redraw, { signal });
    video.addEventListener(
      "loadedmetadata",
      () => {
        this.playback?.loaded();
        this.keep(video);
      },
      { signal },
    );
    video.addEventListener("loadeddata", () => this.listen(), { signal });
    video.addEventListener(
      "seeked",
      () => {
        this.playback?.seeked();
        this.requestUpdate();
      },
      { signal },
    );
    this.keep(video);
    this.watch(video, signal);
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) this.listen();
  }

  /** Draw the loudness, once the first frame is there. */
  private listen(): void {
    const { clip, hass } = this;
    if (clip.audio_codec !== null) void this.levels.want(hass.connection, clip.clip_id);
  }

  private keep(video: HTMLVideoElement): void {
    video.muted = this.muted;
    video.playbackRate = this.speed;
  }

  /** Learn the times of the frames, so that a step shows the next one. */
  private watch(video: HTMLVideoElement, signal: AbortSignal): void {
    if (!("requestVideoFrameCallback" in video)) return;
    const shown = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (signal.aborted) return;
      this.playback?.frames.shown(mediaTime);
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }

  /** Whether it plays, or goes on playing after it is scrubbed. */
  get plays(): boolean {
    return this.playback?.plays ?? false;
  }

  /** Handle a key; return whether it has a meaning here. */
  press(event: KeyboardEvent): boolean {
    const action = actionOf(event);
    if (!action || !this.video) return false;
    this.act(action);
    return true;
  }

  private act(action: Action): void {
    const { playback } = this;
    const acts: Record<Action, () => unknown> = {
      toggle: () => playback?.toggle(),
      back: () => playback?.skip(-STEP),
      ahead: () => playback?.skip(STEP),
      far_back: () => playback?.skip(-LEAP),
      far_ahead: () => playback?.skip(LEAP),
      frame_back: () => playback?.step(-1),
      frame_ahead: () => playback?.step(1),
      mute: () => this.mute(),
      full: () => void this.fill(),
    };
    acts[action]();
    this.requestUpdate();
  }

  private mute(): void {
    if (!this.video || this.clip.audio_codec === null) return;
    this.muted = !this.muted;
    this.video.muted = this.muted;
  }

  private async fill(): Promise<void> {
    if (!this.screen) return;
    // If the browser refuses, nothing changes.
    await toggleFull(this.screen, this.video ?? undefined).catch(() => undefined);
  }

  private readonly chooseSpeed = (event: Event): void => {
    this.speed = Number((event.target as HTMLSelectElement).value);
    if (this.video) this.video.playbackRate = this.speed;
  };

  private readonly snapshot = async (): Promise<void> => {
    const { video, clip } = this;
    if (!video) return;
    const moment = Date.parse(clip.started_at) + video.currentTime * 1000;
    try {
      await saveFrame(video, fileName(this.doorbell, moment, clip.timezone));
    } catch {
      say(this, { text: this.strings.text("player.snapshot_failed") });
    }
  };

  private go(to: number, how: "scrub" | "seek"): void {
    this.playback?.[how](to);
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { strings, playback, clip, video } = this;
    const length = playback?.length ?? clip.duration;
    const at = playback?.at ?? 0;
    const full = this.screen?.matches(":fullscreen") ?? false;
    return html`<div
      class="whole"
      role="group"
      aria-label=${strings.text("player.controls")}
    >
      <div class="buttons">
        ${this.button(this.plays ? "player.pause" : "player.play", this.plays ? "pause" : "play", "toggle", "k")}
        ${this.button("player.frame_back", "frame_back", "frame_back", ",")}
        ${this.button("player.frame_ahead", "frame_ahead", "frame_ahead", ".")}
      </div>
      <div class="line">
        <span class="time" aria-hidden="true">${duration(at)}</span>
        <doorwatch-scrub-bar
          .at=${at}
          .length=${length}
          .stills=${this.strip.get(clip.clip_id)?.stills ?? []}
          .levels=${this.levels.get(clip.clip_id) ?? []}
          @look=${() => void this.strip.want(this.hass.connection, clip.clip_id)}
          @scrub=${({ detail }: CustomEvent<number>) => this.go(detail, "scrub")}
          @scrubbed=${() => playback?.letGo()}
          @seek=${({ detail }: CustomEvent<number>) => this.go(detail, "seek")}
        ></doorwatch-scrub-bar>
        <span class="time" aria-hidden="true">${duration(length)}</span>
      </div>
      <div class="buttons end">
        ${this.speeds()}
        ${
          clip.audio_codec === null
            ? nothing
            : this.button(
                this.muted ? "live.unmute" : "live.mute",
                this.muted ? "silent" : "sound",
                "mute",
                "m",
              )
        }
        <button
          class="plain"
          aria-label=${strings.text("player.snapshot")}
          title=${strings.text("player.snapshot")}
          @click=${() => void this.snapshot()}
        >
          ${icon("snapshot")}
        </button>
        ${
          canFill(video ?? undefined)
            ? this.button(
                full ? "live.unfull" : "live.full",
                full ? "unfull" : "full",
                "full",
                "f",
              )
            : nothing
        }
      </div>
    </div>`;
  }

  private speeds(): TemplateResult {
    const words = this.strings.text("player.speed");
    return html`<select aria-label=${words} title=${words} @change=${this.chooseSpeed}>
      ${SPEEDS.map(
        (one) =>
          html`<option value=${one} ?selected=${one === this.speed}>
            ${Number.isInteger(one) ? one : tenths(one, this.locale)}×
          </option>`,
      )}
    </select>`;
  }

  private button(
    name: string,
    sign: IconName,
    action: Action,
    key: string,
  ): TemplateResult {
    const words = this.strings.text(name);
    return html`<button
      class="plain ${action}"
      aria-label=${words}
      title=${words}
      aria-keyshortcuts=${key}
      @click=${() => this.act(action)}
    >
      ${icon(sign)}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-player-controls": PlayerControls;
  }
}
