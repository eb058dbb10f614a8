/** The dialog that records a clip now. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { problemText } from "../ui/problem.ts";
import { DialogElement } from "../ui/dialog-element.ts";

export const SHORTEST = 5;
const LONGEST = 600;
const USUAL = 30;

@customElement("doorwatch-record-dialog")
export class RecordDialog extends DialogElement {
  static override readonly styles = [
    DialogElement.styles,
    css`
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

  protected override readonly heading = "record.title";
  protected override readonly looks = "question";
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private chosen = "";
  @state() private seconds = USUAL;
  @state() private busy = false;
  @state() private failure: api.Failure | undefined;

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
      this.close();
    } catch (error) {
      this.failure = api.failureOf(error);
    }
    this.busy = false;
  }

  protected override content(): TemplateResult {
    const { strings, failure } = this;
    return html`<form
        class="body"
        id="form"
        novalidate
        @submit=${(event: Event) => void this.record(event)}
      >
        ${this.titleLine()}
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
        <button @click=${this.close}>${strings.text("record.cancel")}</button>
        <button
          class="primary"
          form="form"
          type="submit"
          ?disabled=${!this.fits || this.busy || !this.hass.connected}
        >
          ${strings.text("record.start")}
        </button>
      </footer>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-record-dialog": RecordDialog;
  }
}
