/** The texts of a step of a flow, by the keys that Home Assistant uses for them. */

import type { Translations } from "../ha/translations.ts";
import type { Strings } from "../i18n/strings.ts";
import { INVALID, type Field, type FlowKind, type Form } from "./entry-flow.ts";
import { plainFormText } from "./form-text.ts";

interface Place {
  /** The section of the field. */
  path?: string[];
}

export class FormWords {
  readonly #strings: Strings;
  readonly #texts: Translations;
  readonly #kind: FlowKind;
  readonly #form: Form;

  constructor(strings: Strings, texts: Translations, kind: FlowKind, form: Form) {
    this.#strings = strings;
    this.#texts = texts;
    this.#kind = kind;
    this.#form = form;
  }

  #text(key: string): string {
    return this.#texts.text(key, this.#form.description_placeholders ?? {});
  }

  #ofStep(key: string): string {
    return this.#text(`${this.#kind}.step.${this.#form.step_id}.${key}`);
  }

  #ofField(kind: string, { name }: Field, place?: Place): string {
    const section = place?.path?.[0];
    return this.#ofStep(`${section ? `sections.${section}.` : ""}${kind}.${name}`);
  }

  get title(): string {
    return this.#ofStep("title");
  }

  get description(): string {
    return this.#ofStep("description");
  }

  /** The name of the button that submits the step; empty without its own. */
  get submit(): string {
    return this.#ofStep("submit");
  }

  readonly label = (field: Field, _: unknown, place?: Place): string =>
    field.schema
      ? this.#ofStep(`sections.${field.name}.name`)
      : this.#ofField("data", field, place);

  readonly helper = (field: Field, place?: Place): string =>
    plainFormText(
      field.schema
        ? this.#ofStep(`sections.${field.name}.description`)
        : this.#ofField("data_description", field, place),
    );

  readonly error = (error: string): string =>
    error === INVALID
      ? this.#strings.text("page.settings.invalid_value")
      : this.#text(`${this.#kind}.error.${error}`);

  /** The text of a choice in a list. */
  readonly choice = (key: string): string => this.#text(`selector.${key}`);
}
