/** Core's own player, looked after; it plays for as long as it is in the page. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { Player, type Showing } from "../ha/camera-stream.ts";
import type { LiveCamera } from "./live-camera.ts";

@customElement("doorwatch-live-view")
export class LiveView extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
      overflow: hidden;
    }
    /* Until there is a picture, the still below it shows. */
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
  @query("ha-camera-stream") private readonly stream!: HTMLElement;
  private player: Player | undefined;

  /** Undefined where pictures come one by one. */
  get video(): HTMLVideoElement | undefined {
    return this.player?.video;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.player?.stop();
    this.player = undefined;
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (!this.player && this.isConnected) this.player = this.watch();
    else if (changed.has("muted") && this.player) this.player.muted = this.muted;
  }

  private watch(): Player {
    const player: Player = new Player(this.stream, {
      muted: this.muted,
      patience: this.camera.patience,
      changed: () => {
        const { showing } = player;
        this.playing = showing === "playing";
        this.dispatchEvent(new CustomEvent("live-showing", { detail: showing }));
      },
    });
    return player;
  }

  protected override render(): TemplateResult {
    return html`<ha-camera-stream
      .stateObj=${this.camera.state}
      .fitMode=${"contain"}
    ></ha-camera-stream>`;
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
