/** The dialog in which an administrator draws motion zones. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type * as api from "../api/commands.ts";
import { urlOf } from "../ha/hass.ts";
import { DialogElement } from "../ui/dialog-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { AreaEditing, handleOf, type Selected } from "./area-editing.ts";
import type { Area, Corner } from "./areas.ts";
import { areasStyles } from "./areas-styles.ts";
import { renderAreaTools } from "./areas-tools.ts";
import { DoorbellAreas } from "./doorbell-areas.ts";
import { Stage } from "./stage.ts";

@customElement("doorwatch-areas-dialog")
export class AreasDialog extends DialogElement {
  static override readonly styles = [DialogElement.styles, areasStyles];

  protected override readonly heading = "areas.title";
  protected override readonly wayOut = "areas.cancel";
  protected override readonly looks = "tall wide";
  @property({ attribute: false }) doorbell!: api.Doorbell;
  private readonly editing = new AreaEditing({
    changed: () => this.requestUpdate(),
    focus: (selected) =>
      void this.focusOn(selected ? `[data-handle="${handleOf(selected)}"]` : "#add"),
  });
  private readonly stage = new Stage(this.editing);
  private readonly doorbellAreas = new DoorbellAreas(
    () => this.hass.connection,
    this.editing,
    () => this.requestUpdate(),
  );

  override connectedCallback(): void {
    super.connectedCallback();
    void this.doorbellAreas.load(this.doorbell);
  }

  protected override get unsaved(): boolean {
    return this.editing.isUnsaved;
  }

  private async save(): Promise<void> {
    const { doorbell } = this;
    if (!(await this.doorbellAreas.save(doorbell))) return;
    this.dispatchEvent(new CustomEvent("areas-saved", { detail: doorbell }));
    this.close();
  }

  private async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  protected override content(): TemplateResult {
    const { strings, editing } = this;
    const { busy, failure, isMotionOff } = this.doorbellAreas;
    const said = editing.said
      ? strings.text(`areas.${editing.said.key}`, editing.said.values)
      : "";
    return html`<div class="body">
        <p class="muted">${strings.text("areas.hint")}</p>
        ${
          isMotionOff && editing.isReady
            ? html`<p class="banner">
                ${icon("alert")}<span class="grow"
                  >${strings.text("areas.motion_off")}</span
                >
              </p>`
            : nothing
        }
        ${renderProblem(strings, failure)} ${this.stageView()}
        ${renderAreaTools(strings, editing)}
        <p class="sr" role="status">${said}</p>
      </div>
      <footer>
        <button @click=${this.close}>${strings.text("areas.cancel")}</button>
        <button
          class="primary"
          ?disabled=${!editing.isReady || busy || !this.hass.connected}
          @click=${() => void this.save()}
        >
          ${strings.text("areas.save")}
        </button>
      </footer>`;
  }

  private stageView(): TemplateResult {
    const { stage } = this;
    const { areas, selected, outline } = this.editing;
    const polygon = (area: Area, isSelected: boolean): TemplateResult =>
      svg`<polygon
        class=${isSelected ? "selected" : ""}
        points=${area.map((one) => one.join(",")).join(" ")}
      />`;
    return html`<div
      class="stage"
      @pointerdown=${stage.down}
      @pointermove=${stage.moved}
      @pointerup=${stage.up}
      @pointercancel=${stage.up}
    >
      ${this.picture()}
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        ${areas.map((area, index) => polygon(area, index === selected?.area))}
        ${outline ? polygon(outline, true) : nothing}
      </svg>
      ${areas.map((corners, area) =>
        corners.map((one, corner) => this.handle({ area, corner }, one)),
      )}
    </div>`;
  }

  private picture(): TemplateResult {
    const { strings, doorbell, doorbellAreas, hass } = this;
    const { picture, isPictureMissing } = doorbellAreas;
    return picture && !isPictureMissing
      ? html`<img
          src=${urlOf(hass, picture)}
          alt=${strings.text("areas.picture", { name: doorbell.name })}
          draggable="false"
          @error=${() => doorbellAreas.missPicture()}
        />`
      : html`<p class="no-picture">
          ${strings.text(isPictureMissing ? "areas.no_picture" : "areas.loading")}
        </p>`;
  }

  private handle(at: Selected, [across, down]: Corner): TemplateResult {
    const { editing, strings } = this;
    const { selected } = editing;
    const isMine = selected?.area === at.area;
    const classes = [
      "handle",
      isMine ? "mine" : "",
      isMine && selected.corner === at.corner ? "selected" : "",
    ];
    return html`<button
      class=${classes.filter(Boolean).join(" ")}
      data-handle=${handleOf(at)}
      style="left: ${across}%; top: ${down}%"
      aria-label=${strings.text("areas.corner", {
        area: at.area + 1,
        corner: at.corner + 1,
        across,
        down,
      })}
      aria-describedby="keys"
      @focus=${() => editing.select(at)}
      @keydown=${(event: KeyboardEvent) => {
        if (editing.press(event.key, event.shiftKey, at)) event.preventDefault();
      }}
    >
      <i></i>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-areas-dialog": AreasDialog;
  }
}
