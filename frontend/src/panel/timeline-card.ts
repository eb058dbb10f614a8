/**
 * The clip under the pointer or selected by key: image, time and content. While the timeline is
 * dragged, the picture of the moment, or that nothing was recorded.
 *
 * Event: `card-in-the-way` when a mouse moves over a card that cannot be clicked.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { thumbnailStyles } from "../clips/thumbnail.ts";
import { HomeElement } from "../ha/home-element.ts";
import { shared } from "../ui/styles.ts";

/** Widths in pixels; the large one if it fits. */
const SMALL = 200;
const LARGE = 400;
/** The height of the words, at most. */
const WORDS = 88;
/** Milliseconds after which a thumbnail is loaded, not for each clip that is passed. */
const STAYS = 60;

/** The width that fits in a height. */
const fitting = (height: number): number => ((height - WORDS) * 16) / 9;

/** Above the lanes, or below if there is more space; fixed, so that it is not clipped. */
export function placeCard(
  card: HTMLElement,
  strip: HTMLElement,
  { middle, large }: { middle: number; large: boolean },
  rtl: boolean,
): void {
  const { left, right, top, bottom, width } = strip.getBoundingClientRect();
  const most = large ? Math.min(LARGE, width) : SMALL;
  const beneath = innerHeight - bottom;
  const below = fitting(top) < most && beneath > top;
  const size = Math.max(SMALL, Math.min(most, fitting(below ? beneath : top)));
  const start = Math.max(0, Math.min(middle - size / 2, width - size));
  card.classList.toggle("below", below);
  Object.assign(card.style, {
    width: `${size}px`,
    left: `${rtl ? right - start - size : left + start}px`,
    top: below ? `${bottom}px` : "auto",
    bottom: below ? "auto" : `${innerHeight - top}px`,
  });
  card.showPopover();
}

@customElement("doorwatch-timeline-card")
export class TimelineCard extends HomeElement {
  static override readonly styles = [
    shared,
    thumbnailStyles,
    css`
      :host {
        display: block;
        overflow: hidden;
        border: 1px solid var(--dw-line);
        border-radius: var(--ha-card-border-radius, 12px);
        background: var(--dw-surface);
        box-shadow: 0 2px 12px rgba(0, 0, 0, 0.3);
      }
      .image {
        position: relative;
        aspect-ratio: 16 / 9;
        background: #1c1c1e;
        color: #fff;
      }
      .none {
        display: grid;
        place-items: center;
      }
      doorwatch-thumbnail,
      .moment {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      .moment {
        object-fit: contain;
        background: #1c1c1e;
      }
      p {
        margin: 0;
        padding: 6px 10px 8px;
        font-size: 0.8125rem;
        line-height: 1.35;
      }
      .muted {
        display: block;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      strong {
        font-weight: 500;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  /** The thumbnail's URL; undefined where nothing was recorded. */
  @property({ attribute: false }) path: string | undefined;
  /** The picture of the moment. */
  @property({ attribute: false }) picture: string | undefined;
  @property({ attribute: false }) time = "";
  /** Event and labels. */
  @property({ attribute: false }) content = "";
  @property({ attribute: false }) doorbell: string | undefined;
  /** The number of other clips at the same position. */
  @property({ attribute: false }) others = 0;
  @state() private shown = "";
  private staying: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("pointermove", this.moved);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("pointermove", this.moved);
    clearTimeout(this.staying);
  }

  /** A card that was opened by key hides what the mouse moves to. */
  private readonly moved = ({ pointerType }: PointerEvent): void => {
    if (pointerType !== "touch" && this.closest("[inert]"))
      this.dispatchEvent(new CustomEvent("card-in-the-way"));
  };

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("path")) return;
    clearTimeout(this.staying);
    this.shown = "";
    this.staying = setTimeout(() => (this.shown = this.path ?? ""), STAYS);
  }

  protected override render(): TemplateResult {
    const line = (words: string): TemplateResult =>
      html`<span class="muted">${words}</span>`;
    return html`${this.image()}
      <p>
        <strong>${this.time}</strong> ${this.content}
        ${this.doorbell === undefined ? nothing : line(this.doorbell)}
        ${
          this.others > 0
            ? line(this.strings.text("timeline.others", { count: this.others }))
            : nothing
        }
      </p>`;
  }

  private image(): TemplateResult {
    if (this.path === undefined)
      return html`<div class="image none">
        ${this.strings.text("timeline.nothing")}
      </div>`;
    return html`<div class="image">
      <doorwatch-thumbnail .path=${this.shown}></doorwatch-thumbnail>
      ${
        this.picture === undefined
          ? nothing
          : html`<img class="moment" src=${this.picture} alt="" />`
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-timeline-card": TimelineCard;
  }
}
