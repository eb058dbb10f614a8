/** Deleted clips: how long they are kept, and buttons to restore them. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import { BinFeed } from "../clips/bin-feed.ts";
import { inWords } from "../clips/clip-words.ts";
import { thumbnailStyles } from "../clips/thumbnail.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { duration } from "../i18n/format.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { pageStyles } from "./page-styles.ts";

@customElement("doorwatch-deleted-page")
export class DeletedPage extends ActingElement {
  static override readonly styles = [
    shared,
    thumbnailStyles,
    pageStyles,
    css`
      li {
        display: grid;
        grid-template-columns: 120px minmax(0, 1fr) auto;
        overflow-wrap: anywhere;
        align-items: center;
        gap: 4px 16px;
        padding: 8px;
        border-radius: var(--ha-card-border-radius, 12px);
        background: var(--dw-raised);
      }
      doorwatch-thumbnail {
        aspect-ratio: 16 / 9;
        border-radius: 8px;
      }
      li strong {
        display: block;
        font-weight: 500;
      }
      li .muted {
        display: block;
        font-size: 0.875rem;
      }
      @media (max-width: 460px) {
        li {
          grid-template-columns: 120px minmax(0, 1fr);
        }
        li button {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private said = "";
  private readonly pageTitle = new PageTitle(this);
  private readonly bin = new BinFeed(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.bin.start(this.hass.connection);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.bin.stop();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.strings.text("bin.title"));
    const before = changed.get("hass") as HomeAssistant | undefined;
    if (!this.hasUpdated || (before && before.connection !== this.hass.connection))
      this.bin.start(this.hass.connection);
  }

  private async restore(clip: api.DeletedClip): Promise<void> {
    const restored = await this.attempt((connection) =>
      api.restoreClip(connection, clip.clip_id),
    );
    if (!restored) return;
    // Otherwise the snackbar would still offer to undo the deletion.
    say(this, undefined);
    this.bin.remove(clip.clip_id);
    this.said = this.strings.text("bin.restored", { clip: this.describe(clip) });
    await this.focusOn(".said");
  }

  private describe(clip: api.Clip): string {
    return inWords(this.strings, this.locale, "bin.clip", clip, "");
  }

  protected override render(): TemplateResult {
    const { strings } = this;
    const { clips, status } = this.bin;
    const failure = this.failure ?? this.bin.failure;
    return html`<h1 tabindex="-1">${strings.text("bin.title")}</h1>
      <p class="muted">${strings.text("bin.hint")}</p>
      ${renderProblem(strings, failure)}
      <p class="said" role="status" tabindex="-1">${this.said}</p>
      ${
        clips.length === 0 && status !== "ready"
          ? status === "error"
            ? nothing
            : html`<p role="status">${strings.text("page.loading")}</p>`
          : clips.length === 0
            ? html`<div class="empty" role="status">
                ${icon("bin")}
                <p>${strings.text("bin.empty")}</p>
              </div>`
            : html`<ul class="cards" aria-label=${strings.text("bin.title")}>
                ${repeat(
                  clips,
                  (clip) => clip.clip_id,
                  (clip) => this.row(clip),
                )}
              </ul>`
      }`;
  }

  private row(clip: api.DeletedClip): TemplateResult {
    const { strings } = this;
    const what = this.describe(clip);
    const door = this.doorbells.find((one) => one.doorbell_id === clip.doorbell_id);
    const minutes = Math.ceil(clip.gone_in / 60);
    const left =
      minutes >= 60
        ? strings.text("bin.hours", { count: Math.floor(minutes / 60) })
        : strings.text("bin.minutes", { count: minutes });
    return html`<li>
      <doorwatch-thumbnail .path=${clip.thumbnail}></doorwatch-thumbnail>
      <span>
        <strong>${what}</strong>
        <span class="muted"
          >${[door?.name, duration(clip.duration)].filter(Boolean).join(", ")}</span
        >
        <span class="muted">${left}</span>
      </span>
      ${
        clip.may_control
          ? html`<button
              ?disabled=${!this.hass.connected}
              aria-label=${strings.text("bin.restore_label", { clip: what })}
              @click=${() => void this.restore(clip)}
            >
              ${icon("undo")} ${strings.text("bin.restore")}
            </button>`
          : nothing
      }
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-deleted-page": DeletedPage;
  }
}
