/** The picture of a doorbell in the first run, with detected motion drawn on it. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Doorbell, Live, Recording } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import "../live/still.ts";
import type { Still } from "../live/still.ts";
import { shared } from "../ui/styles.ts";
import { MotionFeed } from "./first-run-motion.ts";
import { fit, isAnalyzed, sightOf } from "./first-run-steps.ts";

const FRAME = { width: 16, height: 9 };

@customElement("doorwatch-first-picture")
export class FirstPicture extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        min-width: 0;
      }
      .over {
        position: absolute;
        inset: 0 0 auto;
        aspect-ratio: 16 / 9;
        display: grid;
        place-items: center;
        overflow: hidden;
        pointer-events: none;
      }
      .picture {
        position: relative;
      }
      .box {
        position: absolute;
        border: 3px solid #fff;
        border-radius: 6px;
        outline: 2px solid rgba(0, 0, 0, 0.75);
        background: color-mix(in srgb, var(--primary-color, #009ac7) 25%, transparent);
        forced-color-adjust: none;
      }
      p {
        margin: 8px 0 0;
        min-height: 1.5em;
        line-height: 1.5;
        text-align: center;
      }
    `,
  ];

  @property({ attribute: false }) doorbell!: Doorbell;
  @property({ attribute: false }) live: Live | undefined;
  @property({ attribute: false }) recording: Recording | undefined;
  /** Somebody is to walk to the door. */
  @property({ type: Boolean }) walking = false;
  /** Start live view without a tap, once. */
  @property({ type: Boolean }) plays = false;
  @state() private onScreen = false;
  @query("doorwatch-still") private readonly still!: Still | null;
  private started = false;
  private readonly motion = new MotionFeed(
    () => this.requestUpdate(),
    () => this.still?.view?.age,
  );
  private readonly seen = new IntersectionObserver((entries) => {
    this.onScreen = entries.at(-1)?.isIntersecting ?? false;
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.seen.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.seen.disconnect();
    this.motion.stop();
    this.onScreen = false;
  }

  private get analyzed(): boolean {
    return this.walking && isAnalyzed(this.doorbell);
  }

  protected override updated(): void {
    const { doorbell_id, camera_entity_id } = this.doorbell;
    if (this.analyzed && this.onScreen)
      this.motion.watch(this.hass.connection, doorbell_id);
    else this.motion.stop();
    const camera = this.hass.states[camera_entity_id ?? ""]?.state ?? "unavailable";
    if (this.started || !this.plays || camera === "unavailable") return;
    this.started = true;
    void this.still?.play({ dialog: false });
  }

  protected override render(): TemplateResult {
    return html`<doorwatch-still
        view-only
        .doorbell=${this.doorbell}
        .live=${this.live}
        .recording=${this.recording}
      ></doorwatch-still>
      ${this.boxes()} ${this.analyzed ? this.sight() : nothing}`;
  }

  /** Only on live view: a still shows the past. */
  private boxes(): TemplateResult | typeof nothing {
    const { video, age } = this.still?.view ?? {};
    const { last } = this.motion;
    if (!last || age === undefined || !video?.videoWidth) return nothing;
    const picture = { width: video.videoWidth, height: video.videoHeight };
    const { width, height } = fit(picture, FRAME);
    return html`<div class="over" aria-hidden="true">
      <div class="picture" style="width: ${width}%; height: ${height}%">
        ${last.boxes.map(
          ([left = 0, top = 0, right = 0, bottom = 0]) =>
            html`<div
              class="box"
              style="left: ${left}%; top: ${top}%; width: ${right - left}%; height: ${bottom - top}%"
            ></div>`,
        )}
      </div>
    </div>`;
  }

  private sight(): TemplateResult {
    const { last } = this.motion;
    return html`<p class="muted">
      ${last ? this.strings.text(`page.first.${sightOf(last)}`) : nothing}
    </p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-first-picture": FirstPicture;
  }
}
