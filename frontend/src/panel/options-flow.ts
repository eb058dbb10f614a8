/** One page of an entry's options, by Home Assistant's own flow, which checks and saves it. */

import { CommandError } from "../api/commands.ts";
import { OPTIONS_FLOW } from "../ha/core-names.ts";
import type { HomeAssistant } from "../ha/hass.ts";

/** A field as Home Assistant's form element takes it. */
export interface Field {
  name: string;
  type?: string;
  default?: unknown;
  description?: { suggested_value?: unknown };
  /** The fields of a section. */
  schema?: Field[];
}

export type Data = Record<string, unknown>;

export interface Form {
  type: "form";
  flow_id: string;
  step_id: string;
  data_schema: Field[];
  errors: Record<string, string> | null;
  description_placeholders: Record<string, string> | null;
}

/** What a flow answers; `create_entry` means that it was saved. */
export type Step = Form | { type: "menu"; flow_id: string } | { type: "create_entry" };

/** The values to show first. */
export function initialData(schema: readonly Field[]): Data {
  return Object.fromEntries(
    schema.flatMap((field) => {
      const { name, schema: fields, description } = field;
      if (fields) return [[name, initialData(fields)]];
      const value = description?.suggested_value ?? field.default;
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

/** Leave out empty fields, which Home Assistant would take for values. */
export function filledIn(data: Data): Data {
  return Object.fromEntries(
    Object.entries(data).flatMap(([name, value]) => {
      if (value === undefined || value === null || value === "") return [];
      const section = typeof value === "object" && !Array.isArray(value);
      return [[name, section ? filledIn(value as Data) : value]];
    }),
  );
}

export class OptionsFlow {
  #flowId: string | undefined;
  readonly #fetch: HomeAssistant["fetchWithAuth"];

  constructor(fetch: HomeAssistant["fetchWithAuth"]) {
    this.#fetch = fetch;
  }

  /** Open a page from the menu of the options. */
  async open(entryId: string, page: string): Promise<Step> {
    await this.#post({ handler: entryId });
    return this.#post({ next_step_id: page });
  }

  get isOpen(): boolean {
    return this.#flowId !== undefined;
  }

  submit(data: Data): Promise<Step> {
    return this.#post(filledIn(data));
  }

  /** End the flow, if it is open. */
  async close(): Promise<void> {
    const id = this.#flowId;
    this.#flowId = undefined;
    if (id) await this.#fetch(`${OPTIONS_FLOW}/${id}`, { method: "DELETE" });
  }

  async #post(body: Data): Promise<Step> {
    const path = this.#flowId ? `${OPTIONS_FLOW}/${this.#flowId}` : OPTIONS_FLOW;
    const response = await this.#fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new CommandError("unknown");
    const step = (await response.json()) as Step;
    this.#flowId = step.type === "create_entry" ? undefined : step.flow_id;
    return step;
  }
}
