/** A plain element in place of Home Assistant's form. */

import type { Data, Field } from "../src/panel/entry-flow.ts";

interface MockField extends Field {
  selector?: Record<string, { options?: string[]; translation_key?: string }>;
  schema?: MockField[];
}

type Change = (value: unknown) => void;

class MockForm extends HTMLElement {
  schema: MockField[] = [];
  data: Data = {};
  disabled = false;
  computeLabel?: (field: Field, data: Data, place?: { path: string[] }) => string;
  computeHelper?: (field: Field, place?: { path: string[] }) => string;
  computeError?: (error: string) => string;
  localizeValue?: (key: string) => string;
  #drawn: MockField[] | undefined;
  #errors: Record<string, string> = {};

  connectedCallback(): void {
    const css = document.createElement("style");
    css.textContent = `
      div, details { display: grid; gap: 4px; margin-bottom: 20px }
      summary { padding: 12px 0; font-weight: 500 }
      label { font-weight: 500 }
      small { opacity: 0.8 }
      input:not([type=checkbox]), select { font: inherit; min-height: 48px; padding: 0 12px; box-sizing: border-box; width: 100% }
      [role=alert] { color: var(--error-color, #db4437) }`;
    this.attachShadow({ mode: "open", delegatesFocus: true }).append(css);
    this.#draw();
  }

  set error(errors: Record<string, string>) {
    this.#errors = errors;
    this.#draw();
  }

  /** Draw each schema once, so that typing keeps the focus. */
  #draw(): void {
    queueMicrotask(() => {
      const root = this.shadowRoot;
      if (!root) return;
      if (this.#drawn !== this.schema) {
        this.#drawn = this.schema;
        const change = (name: string, value: unknown): void => {
          this.data = { ...this.data, [name]: value };
          const detail = { value: this.data };
          this.dispatchEvent(new CustomEvent("value-changed", { detail }));
        };
        const fields = this.#fields(this.schema, this.data, change);
        root.querySelectorAll("div, details").forEach((one) => one.remove());
        root.append(...fields);
      }
      root.querySelectorAll("[role=alert]").forEach((one) => one.remove());
      for (const [name, error] of Object.entries(this.#errors)) {
        const place = root.querySelector(`[data-name="${name}"]`) ?? root;
        const alert = document.createElement("span");
        alert.role = "alert";
        alert.textContent = this.computeError?.(error) ?? error;
        place.prepend(alert);
      }
    });
  }

  #fields(
    schema: readonly MockField[],
    data: Data,
    change: (name: string, value: unknown) => void,
    path?: string[],
  ): HTMLElement[] {
    const place = path && { path };
    return schema.map((field) => {
      const { name, schema: fields } = field;
      if (fields) return this.#section(field, (data[name] ?? {}) as Data, change);
      const box = document.createElement("div");
      box.dataset["name"] = name;
      const input = this.#input(field, data[name], (value) => change(name, value));
      input.id = `${path?.join("-") ?? ""}-${name}`;
      const label = document.createElement("label");
      label.htmlFor = input.id;
      label.textContent = this.computeLabel?.(field, data, place) ?? name;
      const help = document.createElement("small");
      help.textContent = this.computeHelper?.(field, place) ?? "";
      box.append(label, input, help);
      return box;
    });
  }

  #section(
    field: MockField,
    data: Data,
    change: (name: string, value: unknown) => void,
  ): HTMLElement {
    const section = document.createElement("details");
    const name = document.createElement("summary");
    name.textContent = this.computeLabel?.(field, data) ?? field.name;
    const help = document.createElement("small");
    help.textContent = this.computeHelper?.(field) ?? "";
    let value = data;
    const fields = this.#fields(
      field.schema ?? [],
      data,
      (inner, changed) => {
        value = { ...value, [inner]: changed };
        change(field.name, value);
      },
      [field.name],
    );
    section.append(name, help, ...fields);
    return section;
  }

  #input({ selector = {} }: MockField, value: unknown, change: Change): HTMLElement {
    const { select } = selector;
    if (select) {
      const list = document.createElement("select");
      for (const option of select.options ?? []) {
        const text = this.localizeValue?.(
          `${select.translation_key ?? ""}.options.${option}`,
        );
        list.add(new Option(text, option, false, option === value));
      }
      list.onchange = () => change(list.value);
      return list;
    }
    const input = document.createElement("input");
    if ("boolean" in selector) {
      input.type = "checkbox";
      input.checked = value === true;
      input.onchange = () => change(input.checked);
      return input;
    }
    input.type = "number" in selector ? "number" : "text";
    input.value =
      typeof value === "string" || typeof value === "number" ? `${value}` : "";
    input.oninput = () =>
      change("number" in selector ? input.valueAsNumber : input.value);
    return input;
  }
}

export function defineForm(): void {
  customElements.define("ha-form", MockForm);
}
