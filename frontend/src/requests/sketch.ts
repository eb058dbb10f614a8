/** A drawing of a request's area, without a map, so that no server learns what is viewed. */

import { css, html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Door } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { distance } from "../i18n/format.ts";
import { shared } from "../ui/styles.ts";
import "./map-offer.ts";
import {
  HEIGHT,
  sketchOf,
  WIDTH,
  type DoorPlace,
  type Sketch,
} from "./sketch-geometry.ts";

/** The baseline of the scale. */
const BASE = HEIGHT - 12;

@customElement("doorwatch-sketch")
export class AreaSketch extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
      }
      figure {
        display: grid;
        gap: 8px;
        margin: 0;
      }
      svg.sketch {
        display: block;
        width: 100%;
        max-width: 560px;
        border: 1px solid var(--dw-line);
        border-radius: 12px;
        background: var(--dw-raised);
        direction: ltr;
        font-size: 11px;
        color: var(--dw-text);
      }
      .area {
        fill: color-mix(in srgb, var(--primary-color, #009ac7) 24%, transparent);
        fill-rule: evenodd;
        stroke: var(--dw-link);
        stroke-width: 2;
        stroke-linejoin: round;
        vector-effect: non-scaling-stroke;
      }
      .door circle {
        fill: var(--dw-danger);
        stroke: #fff;
        stroke-width: 2;
      }
      .door text {
        fill: #fff;
        font-weight: 600;
        text-anchor: middle;
      }
      .line {
        fill: none;
        stroke: currentColor;
        stroke-width: 1.5;
      }
      text {
        fill: currentColor;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
      }
      li {
        display: flex;
        align-items: start;
        gap: 8px;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      li i {
        flex: none;
        display: grid;
        place-items: center;
        width: 20px;
        height: 20px;
        border-radius: 50%;
        background: var(--dw-danger);
        color: #fff;
        font: 600 0.75rem/1 inherit;
        font-style: normal;
      }
      @media (forced-colors: active) {
        svg.sketch {
          background: Canvas;
          border-color: CanvasText;
          color: CanvasText;
        }
        .area {
          fill: none;
          stroke: CanvasText;
        }
        .door circle {
          fill: Highlight;
          stroke: Canvas;
        }
        .door text {
          fill: HighlightText;
        }
        .line {
          stroke: CanvasText;
        }
        text {
          fill: CanvasText;
        }
        li i {
          forced-color-adjust: none;
          background: Highlight;
          color: HighlightText;
        }
      }
    `,
  ];

  @property({ attribute: false }) area: readonly (readonly (readonly number[][])[])[] =
    [];
  /** The doors inside the area. */
  @property({ attribute: false }) doors: readonly Door[] = [];

  protected override render(): TemplateResult | typeof nothing {
    const sketch = sketchOf(this.area, this.doors, this.locale);
    if (!sketch)
      return html`<p class="muted">${this.strings.text("requests.sketch.none")}</p>`;
    return html`<figure>
        ${this.drawing(sketch)}
        ${sketch.doors.length > 0 ? this.legend(sketch.doors) : nothing}
      </figure>
      <doorwatch-map-offer
        .latitude=${sketch.middle.latitude}
        .longitude=${sketch.middle.longitude}
        .metres=${Math.max(sketch.across, sketch.up)}
      ></doorwatch-map-offer>`;
  }

  private drawing(sketch: Sketch): TemplateResult {
    const several = sketch.doors.length > 1;
    const { metres, length } = sketch.scale;
    return html`<svg
      class="sketch"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label=${this.inWords(sketch)}
    >
      ${sketch.paths.map((path) => svg`<path class="area" d=${path}></path>`)}
      ${sketch.doors.map(
        ({ x, y }, index) =>
          svg`<g class="door" transform="translate(${x} ${y})">
            <circle r=${several ? 8 : 6}></circle>
            ${several ? svg`<text dy="4">${index + 1}</text>` : nothing}
          </g>`,
      )}
      <path class="line" d="M12 ${BASE - 5}v5h${length.toFixed(1)}v-5"></path>
      <text x="12" y=${BASE - 9}>${distance(metres, this.locale)}</text>
      <path class="line" d="M${WIDTH - 18} 34v-22m-5 7l5-7 5 7"></path>
      <text x=${WIDTH - 18} y="46" text-anchor="middle">
        ${this.strings.text("requests.sketch.north")}
      </text>
    </svg>`;
  }

  private names({ names }: DoorPlace): string {
    return names.join(", ");
  }

  private legend(doors: readonly DoorPlace[]): TemplateResult {
    return html`<figcaption>
      <ul aria-label=${this.strings.text("requests.sketch.doors")}>
        ${doors.map(
          (door, index) =>
            html`<li>
              <i aria-hidden="true">${doors.length > 1 ? index + 1 : nothing}</i>
              <bdi>${this.names(door)}</bdi>
            </li>`,
        )}
      </ul>
    </figcaption>`;
  }

  /** A text description of the drawing for screen readers. */
  private inWords({ across, up, doors }: Sketch): string {
    const { strings, locale } = this;
    const size = strings.text("requests.sketch.size", {
      across: distance(across, locale),
      up: distance(up, locale),
    });
    const places = doors.map((door) =>
      strings.text(`requests.sketch.wind.${door.wind}`, {
        doorbell: this.names(door),
        distance: distance(door.metres, locale),
      }),
    );
    return [size, ...places].join(" ");
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-sketch": AreaSketch;
  }
}
