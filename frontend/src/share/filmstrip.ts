/** A filmstrip of a clip with handles at the start and end of the selected part. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Strip } from "../api/commands.ts";
import {
  beginOf,
  endAt,
  endByKey,
  startAt,
  startByKey,
  type Cut,
  type CutLimits,
} from "./cut.ts";
import { tenths } from "../i18n/format.ts";
import { HomeElement } from "../ha/home-element.ts";
import { shared } from "../ui/styles.ts";

type End = "start" | "end";

@customElement("doorwatch-filmstrip")
export class Filmstrip extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        margin: 12px 0 4px;
      }
      .strip {
        position: relative;
        /* Time runs from left to right in every language, as in players. */
        direction: ltr;
        /* Colors show what is included; they have enough contrast. */
        forced-color-adjust: none;
        /* The handles extend beyond both ends. */
        margin: 0 22px;
        height: 64px;
        touch-action: none;
        user-select: none;
        cursor: pointer;
      }
      .pictures {
        display: flex;
        height: 100%;
        overflow: hidden;
        border-radius: 8px;
        background: #1c1c1e;
      }
      img {
        flex: 1 1 0;
        min-width: 0;
        height: 100%;
        object-fit: cover;
        pointer-events: none;
      }
      .out {
        position: absolute;
        top: 0;
        bottom: 0;
        background: repeating-linear-gradient(
          135deg,
          rgba(20, 20, 22, 0.82) 0 8px,
          rgba(52, 52, 56, 0.82) 8px 16px
        );
        pointer-events: none;
      }
      .in {
        position: absolute;
        top: -2px;
        bottom: -2px;
        border-block: 4px solid #ffc400;
        pointer-events: none;
      }
      .handle {
        position: absolute;
        top: -6px;
        bottom: -6px;
        width: 44px;
        display: grid;
        place-items: center;
        border-radius: 12px;
        touch-action: none;
        cursor: ew-resize;
      }
      .handle i {
        width: 18px;
        height: 100%;
        border: 2px solid #000;
        background:
          linear-gradient(#000, #000) center / 2px 40% no-repeat,
          #ffc400;
      }
      .handle.start {
        translate: -31px 0;
      }
      .handle.start i {
        border-radius: 8px 0 0 8px;
      }
      .handle.end {
        translate: -13px 0;
      }
      .handle.end i {
        border-radius: 0 8px 8px 0;
      }
      .handle:focus-visible {
        outline-offset: -2px;
      }
      p {
        margin: 8px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) strip!: Strip;
  /** The selected part; the whole clip if empty. */
  @property({ attribute: false }) start = 0;
  @property({ attribute: false }) end = 0;
  @property({ type: Boolean }) exact = false;
  @state() private dragging: End | undefined;
  @query(".strip") private readonly area!: HTMLElement;

  private get limits(): CutLimits {
    const { length, keyframes } = this.strip;
    return { length, keyframes, exact: this.exact };
  }

  private get cut(): Cut {
    return { start: this.start, end: this.end };
  }

  private choose(which: End, at: number): void {
    if (at === this[which]) return;
    this.dispatchEvent(new CustomEvent("cut-changed", { detail: { [which]: at } }));
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    this.area.setPointerCapture(event.pointerId);
    const handle = (event.target as HTMLElement).closest<HTMLElement>("[role=slider]");
    const at = this.at(event);
    const nearer = Math.abs(at - this.start) <= Math.abs(at - this.end);
    this.dragging = handle?.classList.contains("start")
      ? "start"
      : handle || !nearer
        ? "end"
        : "start";
    this.renderRoot.querySelector<HTMLElement>(`.handle.${this.dragging}`)?.focus();
    if (!handle) this.drag(at);
  };

  private readonly moved = (event: PointerEvent): void => {
    if (this.dragging) this.drag(this.at(event));
  };

  private readonly up = (): void => {
    this.dragging = undefined;
  };

  private drag(at: number): void {
    if (this.dragging === "start")
      this.choose("start", startAt(at, this.cut, this.limits));
    else this.choose("end", endAt(at, this.cut, this.limits));
  }

  private at(event: PointerEvent): number {
    const box = this.area.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * this.strip.length;
  }

  private key(event: KeyboardEvent, which: End): void {
    const move = which === "start" ? startByKey : endByKey;
    const to = move(event.key, event.shiftKey, this.cut, this.limits);
    if (to === undefined) return;
    event.preventDefault();
    this.choose(which, to);
  }

  protected override render(): TemplateResult {
    const { strings, strip, limits } = this;
    const begin = beginOf(this.start, limits);
    const end = Math.min(this.end, strip.length);
    const percent = (at: number): number => (at / strip.length) * 100;
    const from = percent(begin ?? end);
    const to = percent(end);
    return html`<div
        class="strip"
        @pointerdown=${this.down}
        @pointermove=${this.moved}
        @pointerup=${this.up}
        @pointercancel=${this.up}
      >
        <div class="pictures" aria-hidden="true">
          ${strip.stills.map(
            ({ picture }) => html`<img src=${picture} alt="" draggable="false" />`,
          )}
        </div>
        <div class="out" style="left: 0; width: ${from}%"></div>
        <div class="out" style="left: ${to}%; right: 0"></div>
        <div class="in" style="left: ${from}%; right: ${100 - to}%"></div>
        ${this.handle("start", begin ?? this.start, from)}
        ${this.handle("end", end, to)}
      </div>
      <p class="made" role="status">
        ${
          begin === undefined || begin >= end
            ? strings.text("strip.nothing")
            : strings.text(this.whole(begin, end) ? "strip.whole" : "strip.made", {
                start: tenths(begin, this.locale),
                end: tenths(end, this.locale),
                length: tenths(end - begin, this.locale),
              })
        }
        ${
          begin !== undefined && begin < end && !this.whole(begin, end)
            ? html`<span class="muted"
                >${strings.text(this.exact ? "strip.exact" : "strip.inward")}</span
              >`
            : nothing
        }
      </p>`;
  }

  private whole(begin: number, end: number): boolean {
    return begin === 0 && end >= this.strip.length;
  }

  private handle(which: End, at: number, percent: number): TemplateResult {
    const { strings } = this;
    const shown = tenths(at, this.locale);
    return html`<div
      class="handle ${which}"
      role="slider"
      tabindex="0"
      style="left: ${percent}%"
      aria-label=${strings.text(`strip.${which}`)}
      aria-orientation="horizontal"
      aria-valuemin="0"
      aria-valuemax=${this.strip.length}
      aria-valuenow=${at}
      aria-valuetext=${strings.text(`strip.${which}_value`, {
        at: shown,
        length: tenths(this.strip.length, this.locale),
      })}
      @keydown=${(event: KeyboardEvent) => this.key(event, which)}
    >
      <i></i>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-filmstrip": Filmstrip;
  }
}
