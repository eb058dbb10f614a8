/**
 * The scrub bar of the player: a slider with the picture under the pointer.
 *
 * Events: `scrub` with a time while it is dragged, `scrubbed` at the end, `seek` with a time by key,
 * and `look` when pictures are needed.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Still } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { duration } from "../i18n/format.ts";
import { shared } from "../ui/styles.ts";
import { STEP } from "./playback.ts";
import { barsOf, edgeOf, pictureAt, timeAt, timeByKey } from "./scrub.ts";
import { PICTURE_WIDTH, scrubBarStyles } from "./scrub-bar-styles.ts";

@customElement("doorwatch-scrub-bar")
export class ScrubBar extends HomeElement {
  static override readonly styles = [shared, scrubBarStyles];

  /** In seconds. */
  @property({ attribute: false }) at = 0;
  @property({ attribute: false }) length = 0;
  /** Pictures of the clip, once they are there. */
  @property({ attribute: false }) stills: readonly Still[] = [];
  /** The loudness of equal parts, 0 to 1. */
  @property({ attribute: false }) levels: readonly number[] = [];
  /** The time under the pointer or finger. */
  @state() private pointed: number | undefined;
  @query(".bar") private readonly bar!: HTMLElement;
  private dragging = false;

  private tell(event: "scrub" | "scrubbed" | "seek" | "look", at?: number): void {
    this.dispatchEvent(new CustomEvent(event, { detail: at }));
  }

  private timeOf({ clientX }: PointerEvent): number {
    return timeAt(clientX, this.bar.getBoundingClientRect(), this.length);
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.bar.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.moved(event);
  };

  private readonly moved = (event: PointerEvent): void => {
    if (this.pointed === undefined) this.tell("look");
    this.pointed = this.timeOf(event);
    if (this.dragging) this.tell("scrub", this.pointed);
  };

  private readonly up = (event: PointerEvent): void => {
    if (event.pointerType !== "mouse") this.pointed = undefined;
    if (!this.dragging) return;
    this.dragging = false;
    this.tell("scrubbed");
  };

  private readonly left = (): void => {
    if (!this.dragging) this.pointed = undefined;
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const to = timeByKey(event.key, this.at, this.length, STEP);
    if (to === undefined) return;
    event.preventDefault();
    this.tell("seek", to);
  };

  protected override render(): TemplateResult {
    const { strings, length } = this;
    const at = Math.min(this.at, length);
    const percent = length > 0 ? (at / length) * 100 : 0;
    return html`<div
        class="bar"
        role="slider"
        tabindex="0"
        aria-label=${strings.text("player.position")}
        aria-orientation="horizontal"
        aria-valuemin="0"
        aria-valuemax=${Math.round(length)}
        aria-valuenow=${Math.round(at)}
        aria-valuetext=${strings.text("player.position_value", {
          at: Math.round(at),
          length: Math.round(length),
        })}
        @pointerdown=${this.down}
        @pointermove=${this.moved}
        @pointerup=${this.up}
        @pointercancel=${this.up}
        @pointerleave=${this.left}
        @keydown=${this.key}
      >
        ${this.levels.length > 0 ? this.loudness() : nothing}
        <div class="track"><div class="done" style="width: ${percent}%"></div></div>
        <i style="left: ${percent}%"></i>
      </div>
      ${this.pointed === undefined ? nothing : this.look(this.pointed)}`;
  }

  private loudness(): TemplateResult {
    const { levels } = this;
    return html`<svg
      viewBox="0 0 ${levels.length} 1"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d=${barsOf(levels)}></path>
    </svg>`;
  }

  private look(at: number): TemplateResult {
    const { width } = this.bar.getBoundingClientRect();
    const middle = this.length > 0 ? (at / this.length) * width : 0;
    const picture = pictureAt(this.stills, at);
    return html`<div
      class="look ${picture ? "" : "words"}"
      style="left: ${edgeOf(middle, picture ? PICTURE_WIDTH : 60, width)}px"
      aria-hidden="true"
    >
      ${picture ? html`<img src=${picture} alt="" />` : nothing}
      <span>${duration(at)}</span>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-scrub-bar": ScrubBar;
  }
}
