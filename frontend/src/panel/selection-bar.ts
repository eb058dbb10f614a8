/** The number of chosen clips, and buttons to protect, download and delete them. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import "../clips/delete-dialog.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { problemText, renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import type { Selection } from "./selection.ts";

@customElement("doorwatch-selection-bar")
export class SelectionBar extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        container-type: inline-size;
        position: sticky;
        inset-block-start: 0;
        z-index: 2;
        margin-inline: -16px;
        padding: 8px 16px;
        background: var(--primary-background-color, #fafafa);
        border-block-end: 1px solid var(--dw-line);
      }
      .bar,
      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .count {
        flex: 1 1 8em;
        font-weight: 500;
      }
      /* One row for the count, and one for what can be done. */
      @container (max-width: 640px) {
        .actions {
          flex: 1 1 100%;
        }
        .actions button {
          flex: 1 1 auto;
          flex-direction: column;
          gap: 2px;
          padding: 6px 4px;
          border-radius: 12px;
          font-size: 0.8125rem;
          line-height: 1.2;
        }
      }
      p {
        margin: 4px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) selection!: Selection;
  /** Changes with each choice. */
  @property({ attribute: false }) chosen: ReadonlySet<string> | undefined;
  @state() private asking = false;

  private askToDelete(): void {
    if (this.selection.clips.some((one) => one.protected)) this.asking = true;
    else void this.delete();
  }

  private async delete(): Promise<void> {
    const { selection, hass, strings } = this;
    // This element may be gone when the clips are deleted, and when the user presses Undo.
    const place = this.parentNode ?? this;
    const deleted = await selection.delete(hass);
    if (deleted.length === 0) return;
    if (!selection.failure) this.leave();
    const undo = async (): Promise<void> => {
      try {
        await selection.restore(hass, deleted);
        say(place, {
          text: strings.text("select.restored", { count: deleted.length }),
        });
      } catch (error) {
        say(place, { text: problemText(strings, api.failureOf(error)) });
      }
    };
    say(place, {
      text: strings.text("select.deleted", { count: deleted.length }),
      undo: () => void undo(),
    });
  }

  private leave(): void {
    this.selection.end();
    this.dispatchEvent(new CustomEvent("selection-over"));
  }

  protected override render(): TemplateResult {
    const { strings, selection, hass } = this;
    const { clips, onlyDownloads, busy } = selection;
    const off = busy || clips.length === 0 || !hass.connected;
    const all = clips.length > 0 && clips.every((one) => one.protected);
    const change = onlyDownloads === 0;
    return html`<div
        class="bar"
        role="group"
        aria-label=${strings.text("select.group")}
      >
        <span class="count" role="status"
          >${strings.text("select.count", { count: clips.length })}</span
        >
        <button @click=${() => this.leave()}>${strings.text("select.done")}</button>
        <div class="actions">
          ${
            change
              ? html`<button
                  aria-pressed=${all}
                  ?disabled=${off}
                  @click=${() => void selection.protect(hass)}
                >
                  ${icon(all ? "protected" : "unprotected")}
                  ${strings.text("page.clip.protect")}
                </button>`
              : nothing
          }
          <button ?disabled=${off} @click=${() => void selection.download(hass)}>
            ${icon("download")} ${strings.text("page.clip.download")}
          </button>
          ${
            change
              ? html`<button
                  class="danger"
                  ?disabled=${off}
                  @click=${() => this.askToDelete()}
                >
                  ${icon("delete")} ${strings.text("page.clip.delete")}
                </button>`
              : nothing
          }
        </div>
      </div>
      ${
        change
          ? nothing
          : html`<p class="muted">
              ${strings.text("select.only_download", { count: onlyDownloads })}
            </p>`
      }
      ${renderProblem(strings, selection.failure)}
      ${
        this.asking
          ? html`<doorwatch-delete-dialog
              .clips=${clips}
              @delete=${() => void this.delete()}
              @dialog-closed=${() => (this.asking = false)}
            ></doorwatch-delete-dialog>`
          : nothing
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-selection-bar": SelectionBar;
  }
}
