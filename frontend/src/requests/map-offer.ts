/**
 * A link to a map on another website. Nothing is loaded from there before the user has read who
 * learns what, and opens it.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";

/** The length of the equator in meters. */
const EQUATOR = 40_075_017;
/** The largest zoom level. */
const NEAREST = 18;

/** The map's URL: the browser does not send the part after #. */
export function mapAddress(
  latitude: number,
  longitude: number,
  metres: number,
): string {
  const wide = (metres * 3) / Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  const zoom = Math.floor(Math.log2(EQUATOR / Math.max(1, wide)));
  const near = Math.min(NEAREST, Math.max(1, zoom));
  return `https://www.openstreetmap.org/#map=${near}/${latitude.toFixed(4)}/${longitude.toFixed(4)}`;
}

@customElement("doorwatch-map-offer")
export class MapOffer extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        margin-top: 8px;
      }
      p {
        margin: 0 0 8px;
        max-width: 60ch;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  @property({ attribute: false }) latitude = 0;
  @property({ attribute: false }) longitude = 0;
  /** The size of the area. */
  @property({ attribute: false }) metres = 0;
  @state() private asking = false;

  private async ask(on: boolean): Promise<void> {
    this.asking = on;
    await this.updateComplete;
    const next = this.renderRoot.querySelector<HTMLElement>(on ? "p" : "button");
    next?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { strings } = this;
    if (!this.asking)
      return html`<button @click=${() => void this.ask(true)}>
        ${icon("map")} ${strings.text("requests.map.show")}
      </button>`;
    return html`<p tabindex="-1">${strings.text("requests.map.who_learns")}</p>
      <div class="buttons">
        <a
          class="button"
          href=${mapAddress(this.latitude, this.longitude, this.metres)}
          target="_blank"
          rel="noopener noreferrer"
          referrerpolicy="no-referrer"
          >${strings.text("requests.map.open")}</a
        >
        <button @click=${() => void this.ask(false)}>
          ${strings.text("requests.map.leave")}
        </button>
      </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-map-offer": MapOffer;
  }
}
