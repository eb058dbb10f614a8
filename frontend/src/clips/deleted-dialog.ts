/** The bin: what was deleted, how long it is kept, and the way back. */

import { css, html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import { eventName } from "./clip-words.ts";
import { dayName, duration, time } from "../i18n/format.ts";
import type { Unsubscribe } from "../ha/hass.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { DialogElement } from "../ui/dialog-element.ts";

@customElement("doorwatch-deleted-dialog")
export class DeletedDialog extends DialogElement {
  static override readonly styles = [
    DialogElement.styles,
    css`
      p {
        margin: 0 0 12px;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        gap: 8px;
      }
      li {
        display: grid;
        grid-template-columns: 96px 1fr auto;
        align-items: center;
        gap: 4px 12px;
        padding: 8px;
        border-radius: 12px;
        background: var(--dw-raised);
      }
      .picture {
        position: relative;
        aspect-ratio: 16 / 9;
        border-radius: 8px;
        overflow: hidden;
        background: #1c1c1e;
      }
      .words {
        min-width: 0;
        line-height: 1.35;
      }
      .words strong {
        display: block;
        font-weight: 500;
      }
      .words .muted {
        display: block;
        font-size: 0.8125rem;
      }
      .empty {
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: 8px;
        padding: 24px 0;
        text-align: center;
      }
      .empty .icon {
        width: 44px;
        height: 44px;
        color: var(--dw-muted);
      }
      @media (max-width: 460px) {
        li {
          grid-template-columns: 96px 1fr;
        }
        li button {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  protected override readonly heading = "bin.title";
  protected override readonly wayOut = "bin.close";
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) doorbellId: string | undefined;
  @state() private clips: api.DeletedClip[] | undefined;
  @state() private failure: api.Failure | undefined;
  @state() private said = "";
  @query("button.close") private readonly closeButton!: HTMLButtonElement;
  private unsubscribe: Promise<Unsubscribe> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
    // Somebody else may delete or restore at the same time.
    this.unsubscribe = api.subscribeClips(
      this.hass.connection,
      () => void this.load(),
      this.doorbellId,
    );
    this.unsubscribe.catch(() => undefined);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.unsubscribe?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  private async load(): Promise<void> {
    try {
      this.clips = await api.deletedClips(this.hass.connection, this.doorbellId);
      this.failure = undefined;
    } catch (error) {
      this.failure = api.failureOf(error);
    }
  }

  private async restore(clip: api.DeletedClip): Promise<void> {
    try {
      const restored = await api.restoreClip(this.hass.connection, clip.clip_id);
      this.clips = this.clips?.filter((one) => one.clip_id !== clip.clip_id);
      this.said = this.strings.text("bin.restored", { clip: this.describe(clip) });
      this.failure = undefined;
      this.closeButton.focus();
      this.dispatchEvent(new CustomEvent("restored", { detail: restored }));
    } catch (error) {
      this.failure = api.failureOf(error);
    }
  }

  private describe(clip: api.Clip): string {
    return this.strings.text("bin.clip", {
      event: eventName(this.strings, clip.event),
      day: dayName(clip.started_at, clip.timezone, this.locale),
      time: time(clip.started_at, clip.timezone, this.locale),
    });
  }

  protected override content(): TemplateResult {
    const { strings, failure, clips } = this;
    return html`<div class="body">
      <p class="muted">${strings.text("bin.hint")}</p>
      <p class="sr" role="status">${this.said}</p>
      ${renderProblem(strings, failure)}
      ${
        clips === undefined
          ? html`<p role="status">${failure ? "" : strings.text("bin.loading")}</p>`
          : clips.length === 0
            ? html`<div class="empty" role="status">
                ${icon("bin")}<strong>${strings.text("bin.empty")}</strong>
              </div>`
            : html`<ul>
                ${repeat(
                  clips,
                  (clip) => clip.clip_id,
                  (clip) => this.row(clip),
                )}
              </ul>`
      }
    </div>`;
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
      <doorwatch-thumbnail
        class="picture"
        .path=${clip.thumbnail}
      ></doorwatch-thumbnail>
      <span class="words">
        <strong>${what}</strong>
        <span class="muted"
          >${[door?.name, duration(clip.duration)].filter(Boolean).join(", ")}</span
        >
        <span class="muted">${left}</span>
      </span>
      <button
        ?disabled=${!this.hass.connected}
        aria-label=${strings.text("bin.restore_label", { clip: what })}
        @click=${() => void this.restore(clip)}
      >
        ${icon("undo")} ${strings.text("bin.restore")}
      </button>
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-deleted-dialog": DeletedDialog;
  }
}
