/**
 * The clip under the pointer or selected by key: image, time and content.
 *
 * Event: `card-in-the-way` when a mouse moves over a card that cannot be clicked.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { thumbnailStyles } from "../clips/thumbnail.ts";
import { HomeElement } from "../ha/home-element.ts";
import { shared } from "../ui/styles.ts";

/** In pixels; also the maximum height. */
const WIDTH = 200;
const HEIGHT = 200;
/** Milliseconds after which a thumbnail is loaded, not for each clip that is passed. */
const STAYS = 60;

/** Above the lanes, or below if there is no space; fixed, so that it is not clipped. */
export function placeCard(
  card: HTMLElement,
  strip: HTMLElement,
  middle: number,
  rtl: boolean,
): void {
  const { left, right, top, bottom, width } = strip.getBoundingClientRect();
  const start = Math.max(0, Math.min(middle - WIDTH / 2, width - WIDTH));
  const below = top < HEIGHT;
  card.classList.toggle("below", below);
  Object.assign(card.style, {
    width: `${WIDTH}px`,
    left: `${rtl ? right - start - WIDTH : left + start}px`,
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
      doorwatch-thumbnail {
        aspect-ratio: 16 / 9;
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

  /** The thumbnail's URL. */
  @property({ attribute: false }) path = "";
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
    this.staying = setTimeout(() => (this.shown = this.path), STAYS);
  }

  protected override render(): TemplateResult {
    const line = (words: string): TemplateResult =>
      html`<span class="muted">${words}</span>`;
    return html`<doorwatch-thumbnail .path=${this.shown}></doorwatch-thumbnail>
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
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-timeline-card": TimelineCard;
  }
}
