/** A live view with core's own player; plays while it is in the page. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { Player, type Showing } from "../ha/camera-stream.ts";
import { STREAM } from "../ha/core-names.ts";
import type { LiveCamera } from "./live-camera.ts";

@customElement("doorwatch-live-view")
export class LiveView extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
      overflow: hidden;
    }
    /* Until there is a frame, the still below shows. */
    :host(:not([playing])) ha-camera-stream {
      opacity: 0;
    }
    ha-camera-stream {
      display: block;
      width: 100%;
      height: 100%;
      --video-max-height: 100%;
    }
  `;

  @property({ attribute: false }) camera!: LiveCamera;
  @property({ type: Boolean }) muted = true;
  @property({ type: Boolean, reflect: true }) playing = false;
  @query(STREAM) private readonly stream!: HTMLElement;
  /** How often the stream was restarted. */
  private begun = 0;
  private player: Player | undefined;

  /** Undefined with MJPEG. */
  get video(): HTMLVideoElement | undefined {
    return this.player?.video;
  }

  /** How old the shown picture is, in milliseconds; undefined if that is not known. */
  get age(): number | undefined {
    return this.player?.age;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.player?.stop();
    this.player = undefined;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("muted") || this.muted || !this.silent) return;
    this.player?.stop();
    this.player = undefined;
    this.begun += 1;
    this.tell("starting");
  }

  protected override updated(): void {
    if (!this.player && this.isConnected) this.player = this.watch();
  }

  private watch(): Player {
    const player: Player = new Player(this.stream, this.camera.patience, () =>
      this.tell(player.showing),
    );
    return player;
  }

  private tell(showing: Showing): void {
    this.playing = showing === "playing";
    this.dispatchEvent(new CustomEvent("live-showing", { detail: showing }));
  }

  /** Core omits the audio of a WebRTC stream that starts muted. */
  private get silent(): boolean {
    const stream = this.video?.srcObject;
    return stream instanceof MediaStream && stream.getAudioTracks().length === 0;
  }

  protected override render(): TemplateResult {
    const { camera, muted, begun } = this;
    return html`${keyed(
      begun,
      html`<ha-camera-stream
        .stateObj=${camera.state}
        .muted=${muted}
        .fitMode=${"contain"}
      ></ha-camera-stream>`,
    )}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-live-view": LiveView;
  }
  interface HTMLElementEventMap {
    "live-showing": CustomEvent<Showing>;
  }
}
