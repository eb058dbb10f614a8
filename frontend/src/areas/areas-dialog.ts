/** The dialog in which an administrator draws motion zones. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import {
  addArea,
  addCorner,
  areaAt,
  FEWEST_CORNERS,
  fromStored,
  MOST_AREAS,
  moveCorner,
  newArea,
  rectangle,
  removeArea,
  removeCorner,
  stepped,
  type Area,
  type Corner,
} from "./areas.ts";
import { areasStyles } from "./areas-styles.ts";
import { renderAreaTools } from "./areas-tools.ts";
import { urlOf } from "../ha/hass.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { Stage } from "./stage.ts";
import { DialogElement } from "../ui/dialog-element.ts";

function handleOf(handle: string): { area: number; corner: number } {
  const [area = 0, which = 0] = handle.split("-").map(Number);
  return { area, corner: which };
}

@customElement("doorwatch-areas-dialog")
export class AreasDialog extends DialogElement {
  static override readonly styles = [DialogElement.styles, areasStyles];

  protected override readonly heading = "areas.title";
  protected override readonly wayOut = "areas.cancel";
  protected override readonly looks = "tall wide";
  @property({ attribute: false }) doorbell!: api.Doorbell;
  @state() private areas: Area[] = [];
  /** The areas stored at the doorbell. */
  private stored: Area[] = [];
  @state() private selected: { area: number; corner: number } | undefined;
  @state() private drawing: readonly [Corner, Corner] | undefined;
  @state() private picture: string | undefined;
  @state() private pictureFailed = false;
  @state() private motionOff = false;
  @state() private ready = false;
  @state() private saving = false;
  @state() private failure: api.Failure | undefined;
  @state() private said = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  protected override get unsaved(): boolean {
    return JSON.stringify(this.areas) !== JSON.stringify(this.stored);
  }

  private async load(): Promise<void> {
    const { doorbell } = this;
    try {
      const stored = await api.areas(this.hass.connection, doorbell.doorbell_id);
      this.areas = this.stored = fromStored(stored.areas);
      this.motionOff = !stored.picture_motion;
      this.ready = true;
      this.failure = undefined;
      const path = await api.still(this.hass.connection, doorbell);
      if (path) this.picture = urlOf(this.hass, path);
      else this.pictureFailed = true;
    } catch (error) {
      if (this.ready) this.pictureFailed = true;
      else this.failure = api.failureOf(error);
    }
  }

  private async save(): Promise<void> {
    const { doorbell } = this;
    this.saving = true;
    try {
      await api.setAreas(this.hass.connection, doorbell.doorbell_id, this.areas);
      this.stored = this.areas;
      this.dispatchEvent(new CustomEvent("areas-saved", { detail: doorbell }));
      this.close();
    } catch (error) {
      this.failure = api.failureOf(error);
    }
    this.saving = false;
  }

  private say(key: string, area: number, which = 0): void {
    const [across = 0, down = 0] = this.areas[area]?.[which] ?? [];
    this.said = this.strings.text(`areas.${key}`, {
      area: area + 1,
      corner: which + 1,
      across,
      down,
    });
  }

  private focusCorner(area: number, which: number): void {
    void this.updateComplete.then(() =>
      this.renderRoot
        .querySelector<HTMLElement>(`[data-handle="${area}-${which}"]`)
        ?.focus(),
    );
  }

  // Changing the areas

  private add(area: Area): void {
    if (this.areas.length >= MOST_AREAS) return;
    this.areas = addArea(this.areas, area);
    this.selected = { area: this.areas.length - 1, corner: 0 };
    this.say("added", this.selected.area);
  }

  private move(area: number, which: number, to: Corner): void {
    this.areas = moveCorner(this.areas, area, which, to);
    this.selected = { area, corner: which };
  }

  private insert(): void {
    if (!this.selected) return;
    const { area, corner: after } = this.selected;
    this.areas = addCorner(this.areas, area, after);
    this.selected = { area, corner: after + 1 };
    this.say("corner_added", area, after + 1);
    this.focusCorner(area, after + 1);
  }

  private dropCorner(): void {
    if (!this.selected) return;
    const { area, corner: which } = this.selected;
    if ((this.areas[area]?.length ?? 0) <= FEWEST_CORNERS) return;
    this.areas = removeCorner(this.areas, area, which);
    const next = Math.max(0, which - 1);
    this.selected = { area, corner: next };
    this.say("corner_removed", area, next);
    this.focusCorner(area, next);
  }

  private dropArea(): void {
    if (!this.selected) return;
    const { area } = this.selected;
    this.areas = removeArea(this.areas, area);
    this.selected = undefined;
    this.say("removed", area);
    this.renderRoot.querySelector<HTMLElement>("#add")?.focus();
  }

  // Pointer and keyboard

  private readonly pointer = new Stage({
    ready: () => this.ready,
    taken: (handle) => {
      this.selected = handleOf(handle);
    },
    dragged: (handle, to) => {
      const { area, corner: which } = handleOf(handle);
      this.move(area, which, to);
    },
    dropped: (handle) => {
      const { area, corner: which } = handleOf(handle);
      this.say("corner_at", area, which);
    },
    drawing: (corners) => {
      this.drawing = corners;
    },
    drawn: (from, to) => this.add(rectangle(from, to)),
    tapped: (at) => this.selectAt(at),
  });

  /** Select the area under a tap. */
  private selectAt(point: Corner): void {
    const found = areaAt(this.areas, point);
    this.selected = found < 0 ? undefined : { area: found, corner: 0 };
  }

  private key(event: KeyboardEvent, area: number, which: number): void {
    const here = this.areas[area]?.[which];
    const there = here && stepped(here, event.key, event.shiftKey);
    if (there) {
      this.move(area, which, there);
      this.say("corner_at", area, which);
      event.preventDefault();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.dropCorner();
      event.preventDefault();
    }
  }

  // Rendering

  protected override content(): TemplateResult {
    const { strings, failure } = this;
    return html`<div class="body">
        <p class="muted">${strings.text("areas.hint")}</p>
        ${
          this.motionOff && this.ready
            ? html`<p class="banner">
                ${icon("alert")}<span class="grow"
                  >${strings.text("areas.motion_off")}</span
                >
              </p>`
            : nothing
        }
        ${renderProblem(strings, failure)} ${this.stageView()} ${this.tools()}
        <p class="sr" role="status">${this.said}</p>
      </div>
      <footer>
        <button @click=${this.close}>${strings.text("areas.cancel")}</button>
        <button
          class="primary"
          ?disabled=${!this.ready || this.saving || !this.hass.connected}
          @click=${() => void this.save()}
        >
          ${strings.text("areas.save")}
        </button>
      </footer>`;
  }

  private stageView(): TemplateResult {
    const { strings, drawing } = this;
    const points = (area: Area): string => area.map((one) => one.join(",")).join(" ");
    return html`<div
      class="stage"
      @pointerdown=${this.pointer.down}
      @pointermove=${this.pointer.moved}
      @pointerup=${this.pointer.up}
      @pointercancel=${this.pointer.up}
    >
      ${
        this.picture && !this.pictureFailed
          ? html`<img
              src=${this.picture}
              alt=${strings.text("areas.picture", { name: this.doorbell.name })}
              draggable="false"
              @error=${() => (this.pictureFailed = true)}
            />`
          : html`<p class="no-picture">
              ${strings.text(this.pictureFailed ? "areas.no_picture" : "areas.loading")}
            </p>`
      }
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        ${this.areas.map(
          (area, index) =>
            svg`<polygon
              class=${index === this.selected?.area ? "selected" : ""}
              points=${points(area)}
            />`,
        )}
        ${
          drawing
            ? svg`<polygon class="selected" points=${points(rectangle(...drawing))} />`
            : nothing
        }
      </svg>
      ${this.areas.map((area, index) =>
        area.map((one, which) => this.handle(index, which, one)),
      )}
    </div>`;
  }

  private handle(area: number, which: number, [across, down]: Corner): TemplateResult {
    const { selected } = this;
    const mine = selected?.area === area;
    const classes = [
      "handle",
      mine ? "mine" : "",
      mine && selected.corner === which ? "selected" : "",
    ];
    return html`<button
      class=${classes.filter(Boolean).join(" ")}
      data-handle="${area}-${which}"
      style="left: ${across}%; top: ${down}%"
      aria-label=${this.strings.text("areas.corner", {
        area: area + 1,
        corner: which + 1,
        across,
        down,
      })}
      aria-describedby="keys"
      @focus=${() => (this.selected = { area, corner: which })}
      @keydown=${(event: KeyboardEvent) => this.key(event, area, which)}
    >
      <i></i>
    </button>`;
  }

  private tools(): TemplateResult {
    return renderAreaTools({
      strings: this.strings,
      areas: this.areas,
      selected: this.selected,
      ready: this.ready,
      add: () => {
        this.add(newArea(this.areas));
        this.focusCorner(this.areas.length - 1, 0);
      },
      addCorner: () => this.insert(),
      removeCorner: () => this.dropCorner(),
      remove: () => this.dropArea(),
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-areas-dialog": AreasDialog;
  }
}
