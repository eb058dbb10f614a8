/**
 * A page of the household's options, edited in place with Home Assistant's own form.
 *
 * Events: `options-saved`, `options-closed`.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { translations, type Translations } from "../ha/translations.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { renderFormText } from "./form-text.ts";
import {
  initialData,
  OptionsFlow,
  type Data,
  type Field,
  type Form,
  type Step,
} from "./options-flow.ts";

@customElement("doorwatch-options-form")
export class OptionsForm extends ActingElement {
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
  /** The page in the menu of the options. */
  @property({ attribute: false }) page = "";
  @state() private form: Form | undefined;
  @state() private words: Translations | undefined;
  @state() private data: Data = {};
  @state() private busy = false;
  private flow: OptionsFlow | undefined;

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
    void this.open();
  }

  private async open(): Promise<void> {
    const flow = new OptionsFlow(this.hass.fetchWithAuth);
    this.flow = flow;
    await this.attempt(async (connection) => {
      this.words = await translations(connection, this.hass.language);
      this.take(await flow.open(this.entryId, this.page));
    });
    await this.focusOn(".form");
  }

  private take(step: Step): void {
    if (step.type === "create_entry") this.end("options-saved");
    if (step.type !== "form") return;
    if (step.step_id !== this.form?.step_id) this.data = initialData(step.data_schema);
    this.form = step;
  }

  private end(name: "options-saved" | "options-closed"): void {
    this.dispatchEvent(new CustomEvent(name));
  }

  private async save(): Promise<void> {
    const { flow } = this;
    if (!flow || this.busy) return;
    this.busy = true;
    await this.attempt(async () => this.take(await flow.submit(this.data)));
    this.busy = false;
    // The button was disabled, so it lost the focus. Saved settings close the form.
    if (this.flow?.isOpen) await this.focusOn(".form");
  }

  protected override render(): TemplateResult {
    const { strings, form, words } = this;
    if (!form || !words)
      return this.failure
        ? html`${renderProblem(strings, this.failure)}${this.buttons()}`
        : html`<p class="muted" role="status">${strings.text("page.loading")}</p>`;
    const values = form.description_placeholders ?? {};
    const step = `options.step.${form.step_id}`;
    const keyOf = (kind: string, { name }: Field, path?: readonly string[]): string =>
      `${step}.${path?.[0] ? `sections.${path[0]}.` : ""}${kind}.${name}`;
    return html`${renderProblem(strings, this.failure)}
      <div
        class="form"
        tabindex="-1"
        aria-label=${words.text(`${step}.title`, values)}
        role="group"
      >
        ${renderFormText(words.text(`${step}.description`, values))}
        <ha-form
          .hass=${this.hass}
          .schema=${form.data_schema}
          .data=${this.data}
          .error=${form.errors ?? {}}
          .disabled=${this.busy}
          .computeLabel=${(field: Field, _: unknown, options?: { path?: string[] }) =>
            field.schema
              ? words.text(`${step}.sections.${field.name}.name`, values)
              : words.text(keyOf("data", field, options?.path), values)}
          .computeHelper=${(field: Field, options?: { path?: string[] }) =>
            field.schema
              ? words.text(`${step}.sections.${field.name}.description`, values)
              : words.text(keyOf("data_description", field, options?.path), values)}
          .computeError=${(error: string) => words.text(`options.error.${error}`, values)}
          .localizeValue=${(key: string) => words.text(`selector.${key}`, values)}
          @value-changed=${({ detail }: CustomEvent<{ value: Data }>) =>
            (this.data = detail.value)}
        ></ha-form>
      </div>
      ${this.buttons(words.text(`${step}.submit`, values))}`;
  }

  /** `submit` is the name of the button, if the form has its own. */
  private buttons(submit = ""): TemplateResult {
    const { strings } = this;
    return html`<div class="buttons">
      <button @click=${() => this.end("options-closed")}>
        ${strings.text("areas.cancel")}
      </button>
      ${
        this.form
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
    "doorwatch-options-form": OptionsForm;
  }
}
