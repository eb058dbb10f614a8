/** Editor for the areas of the image that are covered in the shared copy. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import {
  areaAt,
  newArea,
  rectangle,
  stepped,
  type Area,
  type Corner,
} from "../areas/areas.ts";
import { areasStyles } from "../areas/areas-styles.ts";
import { coverStyles } from "./cover-styles.ts";
import { coverTimes } from "./cover-times.ts";
import {
  hasMistake,
  isCovered,
  MOST_COVERS,
  newCover,
  placeOf,
  resized,
  shifted,
  type Cover,
} from "./covers.ts";
import { tenths } from "../i18n/format.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { Stage } from "../areas/stage.ts";
import { shared } from "../ui/styles.ts";

/** Parse `data-handle`: a whole area, or one of its corners 0 to 3. */
const parse = (handle: string): { area: number; part: number | undefined } => {
  const [area = "0", part = ""] = handle.split("-");
  return { area: Number(area), part: part === "all" ? undefined : Number(part) };
};

@customElement("doorwatch-cover-editor")
export class CoverEditor extends HomeElement {
  static override readonly styles = [shared, areasStyles, coverStyles];

  @property({ attribute: false }) clip!: api.Clip;
  @property({ attribute: false }) covers: readonly Cover[] = [];
  /** The start of the selected part, and the first image shown. */
  @property({ attribute: false }) start = 0;
  @state() private at = 0;
  @state() private still: api.Still | undefined;
  @state() private failure: api.Failure | undefined;
  @state() private selected: number | undefined;
  @state() private drawing: readonly [Corner, Corner] | undefined;
  @state() private said = "";
  private loading = false;
  private grabbed: { from: Corner; area: Area } | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.look(this.start);
  }

  /** Load one image at a time; then the one that is needed by then. */
  private async look(at: number): Promise<void> {
    this.at = at;
    if (this.loading) return;
    this.loading = true;
    for (let wanted: number | undefined; wanted !== this.at && this.isConnected;) {
      wanted = this.at;
      try {
        this.still = await api.clipStill(
          this.hass.connection,
          this.clip.clip_id,
          wanted,
        );
        this.failure = undefined;
      } catch (error) {
        this.failure = api.failureOf(error);
      }
    }
    this.loading = false;
  }

  private change(covers: readonly Cover[]): void {
    this.covers = covers;
    this.dispatchEvent(new CustomEvent("covers-changed", { detail: covers }));
  }

  private alter(index: number, change: Partial<Cover>): void {
    this.change(
      this.covers.map((one, each) => (each === index ? { ...one, ...change } : one)),
    );
  }

  private add(area: Area): void {
    if (this.covers.length >= MOST_COVERS) return;
    this.change([...this.covers, newCover(area)]);
    this.selected = this.covers.length - 1;
    this.say("added", this.selected);
    this.focusOn(`${this.selected}-all`);
  }

  private drop(index: number): void {
    this.say("removed", index);
    this.change(this.covers.filter((_, each) => each !== index));
    this.selected = undefined;
    this.renderRoot.querySelector<HTMLElement>("#add")?.focus();
  }

  private say(key: string, index: number): void {
    const area = this.covers[index]?.area;
    this.said = this.strings.text(`covers.${key}`, {
      area: index + 1,
      ...(area ? placeOf(area) : {}),
    });
  }

  private focusOn(handle: string): void {
    void this.updateComplete.then(() =>
      this.renderRoot
        .querySelector<HTMLElement>(`[data-handle="${handle}"]`)
        ?.focus({ preventScroll: true }),
    );
  }

  /** Focus the first area with invalid times. */
  override focus(): void {
    this.selected = this.covers.findIndex((one) => hasMistake(one, this.clip.duration));
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
    );
  }

  private readonly pointer = new Stage({
    ready: () => this.still !== undefined,
    taken: (handle, from) => {
      const { area: index } = parse(handle);
      const area = this.covers[index]?.area;
      this.selected = index;
      this.grabbed = area && { from, area };
    },
    dragged: (handle, to) => {
      const { area: index, part } = parse(handle);
      const { grabbed } = this;
      if (!grabbed) return;
      const area =
        part === undefined
          ? shifted(grabbed.area, to[0] - grabbed.from[0], to[1] - grabbed.from[1])
          : resized(grabbed.area, part, to);
      this.alter(index, { area });
    },
    dropped: (handle) => this.say("place", parse(handle).area),
    drawing: (corners) => {
      this.drawing = corners;
    },
    drawn: (from, to) => this.add(rectangle(from, to)),
    tapped: (at) => {
      const found = areaAt(
        this.covers.map((one) => one.area),
        at,
      );
      this.selected = found < 0 ? undefined : found;
    },
  });

  private key(event: KeyboardEvent, index: number, part: number | undefined): void {
    const area = this.covers[index]?.area;
    if (!area) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.drop(index);
      return;
    }
    const here: Corner = part === undefined ? [50, 50] : (area[part] ?? [0, 0]);
    const there = stepped(here, event.key, event.shiftKey);
    if (!there) return;
    event.preventDefault();
    const moved =
      part === undefined
        ? shifted(area, there[0] - here[0], there[1] - here[1])
        : resized(area, part, there);
    this.alter(index, { area: moved });
    this.say("place", index);
  }

  protected override render(): TemplateResult {
    const { strings, still, failure } = this;
    return html`<p class="muted">${strings.text("covers.hint")}</p>
      <div
        class="stage"
        style="--shape: ${this.clip.width / Math.max(1, this.clip.height)}"
        @pointerdown=${this.pointer.down}
        @pointermove=${this.pointer.moved}
        @pointerup=${this.pointer.up}
        @pointercancel=${this.pointer.up}
      >
        ${
          still
            ? html`<img
                src=${still.picture}
                alt=${strings.text("covers.picture", {
                  at: tenths(still.at, this.locale),
                })}
                draggable="false"
              />`
            : html`<p class="no-picture" role="status">
                ${
                  failure
                    ? problemText(strings, failure)
                    : strings.text("covers.loading")
                }
              </p>`
        }
        ${still ? this.drawn(still.at) : nothing}
      </div>
      ${
        failure && still
          ? html`<p class="mistake" role="alert">${problemText(strings, failure)}</p>`
          : nothing
      }
      <label class="moment">
        ${strings.text("covers.moment", { at: tenths(this.at, this.locale) })}
        <input
          type="range"
          min="0"
          max=${this.clip.duration}
          step="0.1"
          .value=${String(this.at)}
          aria-valuetext=${strings.text("covers.moment_value", {
            at: tenths(this.at, this.locale),
          })}
          @input=${(event: Event) =>
            void this.look(Number((event.target as HTMLInputElement).value))}
        />
      </label>
      ${this.tools()}
      <p class="sr" role="status">${this.said}</p>`;
  }

  private drawn(at: number): TemplateResult {
    const { drawing, selected } = this;
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
        ${this.covers.map((cover, index) => shape(cover.area, classesOf(cover, index)))}
        ${drawing ? shape(rectangle(...drawing), "selected") : nothing}
      </svg>
      ${this.covers.map((cover, index) => this.whole(cover, index))}
      ${
        selected === undefined
          ? nothing
          : this.covers[selected]?.area.map((point, part) =>
              this.corner(selected, part, point),
            )
      }`;
  }

  private whole(cover: Cover, index: number): TemplateResult {
    const place = placeOf(cover.area);
    return html`<button
      type="button"
      class="all"
      data-handle="${index}-all"
      style="left: ${place["left"]}%; top: ${place["top"]}%; width: ${
        place["width"]
      }%; height: ${place["height"]}%"
      aria-label=${this.strings.text("covers.area", { area: index + 1, ...place })}
      aria-describedby="keys"
      @focus=${() => (this.selected = index)}
      @keydown=${(event: KeyboardEvent) => this.key(event, index, undefined)}
    >
      <span aria-hidden="true">${index + 1}</span>
    </button>`;
  }

  private corner(index: number, part: number, [across, down]: Corner): TemplateResult {
    return html`<button
      type="button"
      class="handle mine"
      data-handle="${index}-${part}"
      style="left: ${across}%; top: ${down}%"
      aria-label=${this.strings.text("covers.corner", {
        area: index + 1,
        corner: part + 1,
        across,
        down,
      })}
      aria-describedby="keys"
      @keydown=${(event: KeyboardEvent) => this.key(event, index, part)}
    >
      <i></i>
    </button>`;
  }

  private tools(): TemplateResult {
    const { strings, covers, selected } = this;
    const count = covers.length;
    return html`<p class="state">
        ${
          selected === undefined
            ? strings.text("covers.count", { count })
            : strings.text("covers.selected", { area: selected + 1, count })
        }
      </p>
      <div class="buttons">
        <button
          type="button"
          id="add"
          ?disabled=${!this.still || count >= MOST_COVERS}
          @click=${() => this.add(newArea(covers.map((one) => one.area)))}
        >
          ${icon("add")} ${strings.text("covers.add")}
        </button>
        <button
          type="button"
          ?disabled=${selected === undefined}
          @click=${() => selected !== undefined && this.drop(selected)}
        >
          ${strings.text("covers.remove")}
        </button>
      </div>
      ${
        selected === undefined
          ? nothing
          : coverTimes(
              { strings, covers, clip: this.clip, at: this.at },
              selected,
              (change) => this.alter(selected, change),
            )
      }
      <p class="muted small">${strings.text("covers.stay")}</p>
      <p class="muted small keyboard" id="keys">${strings.text("covers.keys")}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-cover-editor": CoverEditor;
  }
}
