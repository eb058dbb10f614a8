/**
 * The clips that match a request, best first, in pages.
 *
 * Event: `clip-answer` with the clip to answer with.
 */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import * as requestApi from "../api/requests.ts";
import "../clips/clip-tile.ts";
import { dayInWords, time } from "../i18n/format.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { counts } from "./fitting.ts";

/** The number of clips per page. */
const PAGE = 24;

@customElement("doorwatch-fitting-clips")
export class FittingClips extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
      }
      ul {
        list-style: none;
        margin: 0 0 16px;
        padding: 0;
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(220px, 100%), 1fr));
        gap: 16px 12px;
      }
      li {
        display: grid;
        grid-template-rows: 1fr auto;
        gap: 8px;
        min-width: 0;
      }
      .answered {
        display: flex;
        align-items: center;
        gap: 6px;
        margin: 0;
        padding-inline: 12px;
      }
    `,
  ];

  @property({ attribute: false }) request!: api.OpenRequest;
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private found: api.Clips | undefined;
  @state() private most = PAGE;
  /** The key of the last query. */
  private asked = "";

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("request") && !changed.has("hass")) return;
    if (!this.hass.connected) return;
    const { agency_id, request_id, version, clips } = this.request;
    const wanted = JSON.stringify([agency_id, request_id, version, clips]);
    const before = changed.get("hass");
    const moved = before && before.connection !== this.hass.connection;
    if (wanted === this.asked && !moved) return;
    this.asked = wanted;
    void this.load(wanted);
  }

  private async load(wanted: string): Promise<void> {
    const { agency_id, request_id } = this.request;
    await this.attempt(async (connection) => {
      const found = await requestApi.requestClips(connection, agency_id, request_id);
      if (wanted === this.asked) this.found = found;
    });
    // Retry a failed query with the next change.
    if (this.failure && wanted === this.asked) this.asked = "";
  }

  protected override render(): TemplateResult {
    const { strings, found, most } = this;
    if (!found)
      return this.failure
        ? html`${renderProblem(strings, this.failure)}`
        : html`<p class="muted" role="status">${strings.text("page.loading")}</p>`;
    const drawn = found.clips.slice(0, most);
    return html`${renderProblem(strings, this.failure)}
      <ul>
        ${repeat(
          drawn,
          (clip) => clip.clip_id,
          (clip) => this.clip(clip),
        )}
      </ul>
      ${
        drawn.length < found.clips.length
          ? html`<button @click=${() => void this.showMore()}>
              ${strings.text("requests.more_clips")}
            </button>`
          : found.more
            ? html`<p class="muted">${strings.text("requests.clips_left_out")}</p>`
            : nothing
      }`;
  }

  private async showMore(): Promise<void> {
    const first = this.most;
    this.most += PAGE;
    await this.updateComplete;
    const tiles = this.renderRoot.querySelectorAll("doorwatch-clip");
    tiles.item(first).shadowRoot?.querySelector("a")?.focus();
  }

  private clip(clip: api.Clip): TemplateResult {
    const { strings, locale, doorbells } = this;
    const doorbell =
      doorbells.find((one) => one.doorbell_id === clip.doorbell_id)?.name ??
      strings.text("clip.no_doorbell");
    const answered = this.request.answers.some(
      (one) => one.clip_id === clip.clip_id && counts(one),
    );
    return html`<li>
      <doorwatch-clip
        .clip=${clip}
        .doorbell=${doorbell}
        .nameShown=${doorbells.length > 1}
      ></doorwatch-clip>
      ${
        answered
          ? html`<p class="answered">
              ${icon("done")}${strings.text("requests.clip_answered")}
            </p>`
          : html`<button
              class=${clip.may_share ? "primary" : ""}
              aria-disabled=${clip.may_share ? nothing : "true"}
              ?disabled=${!this.hass.connected}
              aria-label=${strings.text("requests.answer_label", {
                day: dayInWords(clip.started_at, clip.timezone, locale),
                time: time(clip.started_at, clip.timezone, locale),
                doorbell,
              })}
              @click=${() =>
                this.dispatchEvent(new CustomEvent("clip-answer", { detail: clip }))}
            >
              ${icon("share")} ${strings.text("requests.answer")}
            </button>`
      }
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-fitting-clips": FittingClips;
  }
}
