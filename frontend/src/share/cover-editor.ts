/** Editor for the areas of the image that are covered in the shared copy. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import type { Area, Corner } from "../areas/areas.ts";
import { areasStyles } from "../areas/areas-styles.ts";
import { Stage } from "../areas/stage.ts";
import { HomeElement } from "../ha/home-element.ts";
import { tenths } from "../i18n/format.ts";
import { problemText } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { ClipStills } from "./clip-stills.ts";
import { CoverEditing, handleOf, type Grip } from "./cover-editing.ts";
import { coverStyles } from "./cover-styles.ts";
import { renderCoverTools } from "./cover-tools.ts";
import { isCovered, placeOf, type Cover } from "./covers.ts";

@customElement("doorwatch-cover-editor")
export class CoverEditor extends HomeElement {
  static override readonly styles = [shared, areasStyles, coverStyles];

  @property({ attribute: false }) clip!: api.Clip;
  /** The start of the selected part, and the first image shown. */
  @property({ attribute: false }) start = 0;
  private readonly stills = new ClipStills(
    (at) => api.clipStill(this.hass.connection, this.clip.clip_id, at),
    () => this.requestUpdate(),
  );
  private readonly editing = new CoverEditing(this.stills, {
    changed: () => this.requestUpdate(),
    edited: (covers) =>
      this.dispatchEvent(new CustomEvent("covers-changed", { detail: covers })),
    focus: (grip) =>
      void this.focusOn(grip ? `[data-handle="${handleOf(grip)}"]` : "#add"),
  });
  private readonly stage = new Stage(this.editing);

  @property({ attribute: false })
  get covers(): readonly Cover[] {
    return this.editing.covers;
  }
  set covers(covers: readonly Cover[]) {
    this.editing.covers = covers;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.stills.look(this.start);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stills.stop();
  }

  /** Focus the first area with invalid times. */
  override focus(): void {
    this.editing.selectMistake(this.clip.duration);
    void this.focusOn("[aria-invalid=true]");
  }

  private async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    const found = this.renderRoot.querySelector<HTMLElement>(selector);
    found?.focus({ preventScroll: found.matches("[data-handle]") });
  }

  protected override render(): TemplateResult {
    const { strings, clip, stage, editing } = this;
    const { at, still, failure } = this.stills;
    const said = editing.said
      ? strings.text(`covers.${editing.said.key}`, editing.said.values)
      : "";
    const moment = { at: tenths(at, this.locale) };
    return html`<p class="muted">${strings.text("covers.hint")}</p>
      <div
        class="stage"
        style="--shape: ${clip.width / Math.max(1, clip.height)}"
        @pointerdown=${stage.down}
        @pointermove=${stage.moved}
        @pointerup=${stage.up}
        @pointercancel=${stage.up}
      >
        ${
          still
            ? html`<img
                  src=${still.picture}
                  alt=${strings.text("covers.picture", {
                    at: tenths(still.at, this.locale),
                  })}
                  draggable="false"
                />
                ${this.drawn(still.at)}`
            : html`<p class="no-picture" role="status">
                ${
                  failure
                    ? problemText(strings, failure)
                    : strings.text("covers.loading")
                }
              </p>`
        }
      </div>
      ${
        failure && still
          ? html`<p class="mistake" role="alert">${problemText(strings, failure)}</p>`
          : nothing
      }
      <label class="moment">
        ${strings.text("covers.moment", moment)}
        <input
          type="range"
          min="0"
          max=${clip.duration}
          step="0.1"
          .value=${String(at)}
          aria-valuetext=${strings.text("covers.moment_value", moment)}
          @input=${(event: Event) =>
            void this.stills.look(Number((event.target as HTMLInputElement).value))}
        />
      </label>
      ${renderCoverTools(strings, editing, clip, at)}
      <p class="sr" role="status">${said}</p>`;
  }

  /** The areas on an image of this time. */
  private drawn(at: number): TemplateResult {
    const { covers, outline, selected } = this.editing;
    const shape = (area: Area, classes: string): TemplateResult => {
      const { left, top, width, height } = placeOf(area);
      return svg`<rect class=${classes} x=${left} y=${top} width=${width} height=${height} />`;
    };
    const classesOf = (cover: Cover, index: number): string =>
      [index === selected ? "selected" : "", isCovered(cover, at) ? "" : "later"]
        .filter(Boolean)
        .join(" ");
    return html`<svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        ${covers.map((cover, index) => shape(cover.area, classesOf(cover, index)))}
        ${outline ? shape(outline, "selected") : nothing}
      </svg>
      ${covers.map((cover, index) => this.whole(cover, index))}
      ${
        selected === undefined
          ? nothing
          : covers[selected]?.area.map((point, corner) =>
              this.corner({ index: selected, corner }, point),
            )
      }`;
  }

  private whole({ area }: Cover, index: number): TemplateResult {
    const place = placeOf(area);
    const { left, top, width, height } = place;
    return html`<button
      type="button"
      class="all"
      data-handle=${handleOf({ index })}
      style="left: ${left}%; top: ${top}%; width: ${width}%; height: ${height}%"
      aria-label=${this.strings.text("covers.area", { area: index + 1, ...place })}
      aria-describedby="keys"
      @focus=${() => this.editing.select(index)}
      @keydown=${(event: KeyboardEvent) => this.key(event, { index })}
    >
      <span aria-hidden="true">${index + 1}</span>
    </button>`;
  }

  private corner(grip: Required<Grip>, [across, down]: Corner): TemplateResult {
    return html`<button
      type="button"
      class="handle mine"
      data-handle=${handleOf(grip)}
      style="left: ${across}%; top: ${down}%"
      aria-label=${this.strings.text("covers.corner", {
        area: grip.index + 1,
        corner: grip.corner + 1,
        across,
        down,
      })}
      aria-describedby="keys"
      @keydown=${(event: KeyboardEvent) => this.key(event, grip)}
    >
      <i></i>
    </button>`;
  }

  private key(event: KeyboardEvent, grip: Grip): void {
    if (this.editing.press(event.key, event.shiftKey, grip)) event.preventDefault();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-cover-editor": CoverEditor;
  }
}
