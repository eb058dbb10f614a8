/**
 * A form of an entry, edited in place with Home Assistant's own form.
 *
 * Events: `form-saved`, `form-closed`.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { translations, type Translations } from "../ha/translations.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import {
  EntryFlow,
  filledIn,
  initialData,
  isSaved,
  type Abort,
  type Data,
  type FlowKind,
  type Form,
  type Step,
} from "./entry-flow.ts";
import { FormWords } from "./form-words.ts";
import { renderFormText } from "./form-text.ts";

@customElement("doorwatch-entry-form")
export class EntryForm extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
        overflow-wrap: anywhere;
      }
      p {
        margin: 0 0 12px;
        max-width: 72ch;
      }
      table {
        border-spacing: 0;
        margin-bottom: 12px;
      }
      th,
      td {
        padding: 4px 16px 4px 0;
        text-align: start;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];

  @property({ attribute: false }) entryId = "";
  @property({ attribute: false }) kind: FlowKind = "options";
  /** The form in the menu of the options, if they have a menu. */
  @property({ attribute: false }) page = "";
  @state() private form: Form | undefined;
  @state() private aborted: Abort | undefined;
  /** A step after the first one, which says what it asks. */
  @state() private later = false;
  @state() private texts: Translations | undefined;
  @state() private data: Data = {};
  @state() private busy = false;
  private flow: EntryFlow | undefined;
  private shown = "{}";

  constructor() {
    super();
    this.addEventListener("keydown", (event) => this.key(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Home Assistant takes the page of a hidden tab away and puts it back.
    if (this.hasUpdated) void this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A flow that stays open ends with the next restart at the latest.
    void this.flow?.close().catch(() => undefined);
  }

  protected override firstUpdated(): void {
    // The pressed button is gone, and Escape cancels the loading.
    void this.focusOn(".form");
    void this.open();
  }

  private async open(): Promise<void> {
    const flow = new EntryFlow(this.hass.fetchWithAuth, this.kind);
    this.flow = flow;
    await this.attempt(async (connection) => {
      this.texts = await translations(connection, this.hass.language, this.kind);
      const step = await flow.open(this.entryId, this.page);
      if (step) this.take(step);
    });
    await this.focusOn(".form");
  }

  private take(step: Step): void {
    if (isSaved(step)) this.end("form-saved");
    else if (step.type === "abort") this.aborted = step;
    else if (step.type === "form") {
      if (step.step_id !== this.form?.step_id) {
        this.later = this.form !== undefined;
        this.data = initialData(step.data_schema);
        this.shown = JSON.stringify(filledIn(this.data));
      }
      this.form = step;
    }
  }

  private end(name: "form-saved" | "form-closed"): void {
    if (this.isConnected) this.dispatchEvent(new CustomEvent(name));
  }

  /** Escape closes the form, and leads to Cancel if that would lose changes. */
  private key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    // An open list or picker closes first.
    const path = event.composedPath();
    const inside = path.slice(0, path.indexOf(this));
    if (inside.some((one) => "open" in one && one.open === true)) return;
    event.preventDefault();
    // The step that is running may have changed the entry already.
    if (this.busy) return;
    const changed = this.later || JSON.stringify(filledIn(this.data)) !== this.shown;
    if (changed) void this.focusOn(".cancel");
    else this.end("form-closed");
  }

  private async save(): Promise<void> {
    const { flow } = this;
    if (!flow || this.busy) return;
    this.busy = true;
    await this.attempt(async () => {
      const { form } = this;
      const step = await flow.submit(this.data);
      this.take(step);
      // A form that is shown again has no passwords. A refused value stays in its form.
      if (step.type === "form" && step.data_schema !== form?.data_schema)
        this.data = initialData(step.data_schema);
    });
    this.busy = false;
    // The button was disabled, so it lost the focus. Saved settings close the form.
    if (this.flow?.isOpen || this.aborted) await this.focusOn(".form");
  }

  protected override render(): TemplateResult {
    const { strings, form, texts } = this;
    if (this.aborted && texts) return this.renderAbort(this.aborted, texts);
    if (!form || !texts)
      return this.failure
        ? html`${renderProblem(strings, this.failure)}${this.buttons()}`
        : html`<p class="form muted" tabindex="-1" role="status">
              ${strings.text("page.loading")}
            </p>
            ${this.buttons()}`;
    const words = new FormWords(strings, texts, this.kind, form);
    return html`${renderProblem(strings, this.failure)}
      <div class="form" tabindex="-1" aria-label=${words.title} role="group">
        ${this.later ? html`<p><strong>${words.title}</strong></p>` : nothing}
        ${renderFormText(words.description)}
        <ha-form
          .hass=${this.hass}
          .schema=${form.data_schema}
          .data=${this.data}
          .error=${form.errors ?? {}}
          .disabled=${this.busy}
          .computeLabel=${words.label}
          .computeHelper=${words.helper}
          .computeError=${words.error}
          .localizeValue=${words.choice}
          @value-changed=${({ detail }: CustomEvent<{ value: Data }>) =>
            (this.data = detail.value)}
        ></ha-form>
      </div>
      ${this.buttons(words.submit)}`;
  }

  private renderAbort({ reason, ...said }: Abort, texts: Translations): TemplateResult {
    const values = said.description_placeholders ?? {};
    const text = texts.text(`${this.kind}.abort.${reason}`, values);
    return html`<div class="form" tabindex="-1" role="group">
        ${renderFormText(text || this.strings.text("problem.unknown"))}
      </div>
      ${this.buttons()}`;
  }

  /** `submit` is the name of the button, if the form has its own. */
  private buttons(submit = ""): TemplateResult {
    const { strings } = this;
    return html`<div class="buttons">
      <button
        class="cancel"
        ?disabled=${this.busy}
        @click=${() => this.end("form-closed")}
      >
        ${strings.text("areas.cancel")}
      </button>
      ${
        this.form && !this.aborted
          ? html`<button
              class="primary"
              ?disabled=${this.busy || !this.hass.connected}
              @click=${() => void this.save()}
            >
              ${submit || strings.text("areas.save")}
            </button>`
          : nothing
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-entry-form": EntryForm;
  }
}
