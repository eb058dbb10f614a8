/**
 * A strip of the clips before and after a clip; clips of the same visit are connected.
 *
 * Event: `clip-chosen` with a clip's ID.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Clip } from "../api/commands.ts";
import { happened, KIND_ICONS } from "../clips/clip-words.ts";
import { thumbnailStyles } from "../clips/thumbnail.ts";
import { HomeElement } from "../ha/home-element.ts";
import { dayInWords, dayKey, shortTimes } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { nearClipsStyles } from "./near-clips-styles.ts";
import { visitsOf } from "./visits.ts";

@customElement("doorwatch-near-clips")
export class NearClips extends HomeElement {
  static override readonly styles = [shared, thumbnailStyles, nearClipsStyles];

  /** In ascending order. */
  @property({ attribute: false }) clips: readonly Clip[] = [];
  /** The ID of the clip that is shown. */
  @property({ attribute: false }) current = "";
  @property({ attribute: false }) addressOf: (clipId: string) => string = (id) => id;
  @property({ attribute: false }) nameOf: (clip: Clip) => string = () => "";

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("clips") && !changed.has("current")) return;
    const strip = this.renderRoot.querySelector<HTMLElement>(".scrolls");
    const shown = strip?.querySelector<HTMLElement>("[aria-current]");
    if (!strip || !shown) return;
    const box = shown.getBoundingClientRect();
    const whole = strip.getBoundingClientRect();
    const off = box.left + box.width / 2 - whole.left - whole.width / 2;
    strip.scrollLeft += off;
  }

  private choose(event: MouseEvent, clip: Clip): void {
    const { metaKey, ctrlKey, shiftKey, altKey, button } = event;
    if (button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("clip-chosen", { detail: clip.clip_id }));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { clips, strings } = this;
    if (clips.length < 2) return nothing;
    return html`<nav aria-label=${strings.text("page.clip.near")}>
      <div class="scrolls">
        ${repeat(
          visitsOf(clips),
          ([first]) => first?.clip_id,
          (visit) => this.visit(visit),
        )}
      </div>
    </nav>`;
  }

  private visit(visit: readonly Clip[]): TemplateResult {
    const tiles = repeat(
      visit,
      ({ clip_id }) => clip_id,
      (clip) => this.tile(clip),
    );
    if (visit.length < 2) return html`<div class="visit">${tiles}</div>`;
    const words = this.strings.text("page.clip.visit", { count: visit.length });
    return html`<div class="visit many" role="group" aria-label=${words}>
      ${tiles}
    </div>`;
  }

  private tile(clip: Clip): TemplateResult {
    const { clip_id, started_at, timezone, event, thumbnail } = clip;
    const { minute } = shortTimes(timezone, this.locale);
    const at = minute(Date.parse(started_at));
    const what = happened(this.strings, clip);
    const shown = this.clips.find((one) => one.clip_id === this.current);
    const sameDay =
      !shown ||
      dayKey(started_at, timezone) === dayKey(shown.started_at, shown.timezone);
    const day = sameDay ? "" : dayInWords(started_at, timezone, this.locale);
    return html`<a
      href=${this.addressOf(clip_id)}
      aria-current=${clip_id === this.current ? "true" : nothing}
      aria-label=${[what, at, day, this.nameOf(clip)].filter(Boolean).join(", ")}
      @click=${(press: MouseEvent) => this.choose(press, clip)}
    >
      <doorwatch-thumbnail .path=${thumbnail}></doorwatch-thumbnail>
      <span class="words">${icon(KIND_ICONS[event] ?? "motion")}${at}</span>
    </a>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-near-clips": NearClips;
  }
}
