/** A clip as a tile with image, content and time; links to the clip's page. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { dayName, duration, time } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { clipTileStyles } from "./clip-tile-styles.ts";
import { happened, KIND_ICONS } from "./clip-words.ts";
import { thumbnailStyles } from "./thumbnail.ts";

@customElement("doorwatch-clip")
export class ClipTile extends HomeElement {
  static override readonly styles = [shared, thumbnailStyles, clipTileStyles];

  @property({ attribute: false }) clip!: Clip;
  @property({ attribute: false }) doorbell = "";
  /** Not needed with a single doorbell. */
  @property({ attribute: false }) nameShown = true;
  @property({ type: Boolean, reflect: true }) list = false;

  protected override render(): TemplateResult {
    const { clip, strings, locale } = this;
    const event = happened(strings, clip);
    const day = dayName(clip.started_at, clip.timezone, locale);
    const at = time(clip.started_at, clip.timezone, locale);
    const length = duration(clip.duration);
    return html`<a href="/doorwatch/clip/${encodeURIComponent(clip.clip_id)}">
      <doorwatch-thumbnail .path=${clip.thumbnail}></doorwatch-thumbnail>
      <span class="words">
        <span class="what">
          <span class="event"
            >${icon(KIND_ICONS[clip.event] ?? "motion")} ${event}</span
          >
          <span class="length">
            ${length}
            ${
              clip.protected
                ? html`${icon("protected")}<span class="sr"
                      >${strings.text("list.protected")}</span
                    >`
                : nothing
            }
          </span>
        </span>
        <span class="muted">${day}, ${at}</span>
        ${this.nameShown ? html`<span class="muted">${this.doorbell}</span>` : nothing}
      </span>
    </a>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-clip": ClipTile;
  }
}
