/** The forms of an entry, by Home Assistant's own flows, which check and save them. */

import { CommandError } from "../api/commands.ts";
import { CONFIG_FLOW, OPTIONS_FLOW } from "../ha/core-names.ts";
import type { HomeAssistant } from "../ha/hass.ts";

/** Changes the options of an entry, or its data ("Reconfigure"). */
export type FlowKind = "options" | "config";

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
type Placeholders = Record<string, string> | null;

export interface Form {
  type: "form";
  flow_id: string;
  step_id: string;
  data_schema: Field[];
  errors: Record<string, string> | null;
  description_placeholders: Placeholders;
}

/** The flow ended without a change. */
export interface Abort {
  type: "abort";
  reason: string;
  description_placeholders: Placeholders;
}

/** What a flow answers; `create_entry` means that it was saved. */
export type Step =
  Form | Abort | { type: "menu"; flow_id: string } | { type: "create_entry" };

/** The error of a field whose value Home Assistant does not accept. */
export const INVALID = "invalid_value";
/** How Home Assistant calls the end of a flow that has reconfigured an entry. */
const RECONFIGURED = "reconfigure_successful";
const DOMAIN = "doorwatch";

export const isSaved = (step: Step): boolean =>
  step.type === "create_entry" ||
  (step.type === "abort" && step.reason === RECONFIGURED);

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

export class EntryFlow {
  readonly #fetch: HomeAssistant["fetchWithAuth"];
  readonly #kind: FlowKind;
  readonly #path: string;
  #flowId: string | undefined;
  #form: Form | undefined;
  #closed = false;

  constructor(fetch: HomeAssistant["fetchWithAuth"], kind: FlowKind) {
    this.#fetch = fetch;
    this.#kind = kind;
    this.#path = kind === "options" ? OPTIONS_FLOW : CONFIG_FLOW;
  }

  /**
   * Open the form of an entry, or one from the menu of its options.
   *
   * Nothing is opened if the flow was closed before.
   */
  async open(entryId: string, page = ""): Promise<Step | undefined> {
    if (this.#closed) return undefined;
    const first = await this.#post(
      this.#kind === "options"
        ? { handler: entryId }
        : { handler: DOMAIN, entry_id: entryId },
    );
    return page && this.isOpen ? this.#post({ next_step_id: page }) : first;
  }

  get isOpen(): boolean {
    return this.#flowId !== undefined;
  }

  submit(data: Data): Promise<Step> {
    return this.#post(filledIn(data));
  }

  /** End the flow, if it is open or is still being opened. */
  async close(): Promise<void> {
    this.#closed = true;
    const id = this.#flowId;
    this.#flowId = undefined;
    if (id) await this.#fetch(`${this.#path}/${id}`, { method: "DELETE" });
  }

  async #post(body: Data): Promise<Step> {
    const id = this.#flowId;
    const response = await this.#fetch(id ? `${this.#path}/${id}` : this.#path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) return this.#refused(response);
    const step = (await response.json()) as Step;
    this.#flowId =
      step.type === "form" || step.type === "menu" ? step.flow_id : undefined;
    this.#form = step.type === "form" ? step : undefined;
    if (this.#closed) await this.close();
    return step;
  }

  /** The same form, if the answer names fields whose values have the wrong type or size. */
  async #refused(response: Response): Promise<Step> {
    if (response.status !== 400 || !this.#form) throw new CommandError("unknown");
    const { errors = {} } = (await response.json()) as { errors?: Data };
    const invalid = Object.keys(errors).map((name) => [name, INVALID]);
    if (invalid.length === 0) throw new CommandError("unknown");
    return {
      ...this.#form,
      errors: Object.fromEntries(invalid) as Record<string, string>,
    };
  }
}
