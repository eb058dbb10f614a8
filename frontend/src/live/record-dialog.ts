/** The dialog that records a clip now. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";
import { problemText } from "../ui/problem.ts";
import { dialogStyles, shared } from "../ui/styles.ts";

export const SHORTEST = 5;
export const LONGEST = 600;
const USUAL = 30;

@customElement("doorwatch-record-dialog")
export class RecordDialog extends LitElement {
  static override readonly styles = [
    shared,
    dialogStyles,
    css`
      dialog {
        width: min(420px, calc(100vw - 32px));
      }
      h2 {
        margin: 4px 0 8px;
        font-size: 1.25rem;
        font-weight: 500;
      }
      label {
        display: block;
        margin: 12px 0 4px;
        font-weight: 500;
      }
      p {
        margin: 0 0 8px;
      }
      .problem {
        color: var(--error-color, #db4437);
        font-weight: 500;
      }
    `,
  ];

  @property({ attribute: false }) hass!: HomeAssistant;
  @property({ attribute: false }) strings!: Strings;
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private chosen = "";
  @state() private seconds = USUAL;
  @state() private busy = false;
  @state() private failure: api.Failure | undefined;
  @query("dialog") private readonly dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  private get doorbell(): api.Doorbell | undefined {
    return (
      this.doorbells.find((one) => one.doorbell_id === this.chosen) ?? this.doorbells[0]
    );
  }

  private get fits(): boolean {
    return this.seconds >= SHORTEST && this.seconds <= LONGEST;
  }

  private async record(event: Event): Promise<void> {
    event.preventDefault();
    const { doorbell, seconds } = this;
    if (!doorbell || !this.fits || this.busy) return;
    this.busy = true;
    try {
      await api.recordNow(this.hass.connection, doorbell.doorbell_id, seconds);
      this.dispatchEvent(new CustomEvent("recording", { detail: doorbell }));
      this.dialog.close();
    } catch (error) {
      this.failure = api.failureOf(error);
    }
    this.busy = false;
  }

  protected override render(): TemplateResult {
    const { strings, failure } = this;
    return html`<dialog
      aria-labelledby="title"
      @close=${() => this.dispatchEvent(new CustomEvent("dialog-closed"))}
    >
      <form
        class="body"
        id="form"
        novalidate
        @submit=${(event: Event) => void this.record(event)}
      >
        <h2 id="title">${strings.text("record.title")}</h2>
        <p class="muted">${strings.text("record.hint")}</p>
        ${
          this.doorbells.length > 1
            ? html`<label for="doorbell">${strings.text("record.doorbell")}</label>
                <select
                  id="doorbell"
                  @change=${(event: Event) => {
                    this.chosen = (event.target as HTMLSelectElement).value;
                  }}
                >
                  ${this.doorbells.map(
                    (one) =>
                      html`<option value=${one.doorbell_id}>${one.name}</option>`,
                  )}
                </select>`
            : nothing
        }
        <label for="seconds">${strings.text("record.seconds")}</label>
        <input
          id="seconds"
          type="number"
          inputmode="numeric"
          min=${SHORTEST}
          max=${LONGEST}
          step="1"
          autofocus
          .value=${String(this.seconds)}
          aria-invalid=${!this.fits}
          aria-describedby="mistake"
          @input=${(event: Event) => {
            this.seconds = Math.round(Number((event.target as HTMLInputElement).value));
          }}
        />
        <p id="mistake" class="problem" role="alert">
          ${
            !this.fits
              ? strings.text("record.range", { least: SHORTEST, most: LONGEST })
              : failure
                ? problemText(strings, failure)
                : nothing
          }
        </p>
      </form>
      <footer>
        <button @click=${() => this.dialog.close()}>
          ${strings.text("record.cancel")}
        </button>
        <button
          class="primary"
          form="form"
          type="submit"
          ?disabled=${!this.fits || this.busy || !this.hass.connected}
        >
          ${strings.text("record.start")}
        </button>
      </footer>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-record-dialog": RecordDialog;
  }
}
