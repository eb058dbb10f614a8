/** Switches and single choices. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Failure } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { HOUSE_KINDS, ofHouse, type HouseKind } from "./levels.ts";

interface Switch {
  label: string;
  on: boolean;
  change: (on: boolean) => void;
  disabled?: boolean;
}

export function renderSwitch({
  label,
  on,
  change,
  disabled = false,
}: Switch): TemplateResult {
  return html`<label class="choice">
    <span>${label}</span>
    <input
      type="checkbox"
      role="switch"
      .checked=${live(on)}
      ?disabled=${disabled}
      @change=${(event: Event) => change((event.target as HTMLInputElement).checked)}
    />
  </label>`;
}

interface Choices<Value extends string> {
  legend: string;
  values: readonly Value[];
  chosen: Value;
  label: (value: Value) => string;
  choose: (value: Value) => void;
  disabled?: (value: Value) => boolean;
}

export function renderChoices<Value extends string>(
  choices: Choices<Value>,
): TemplateResult {
  const { legend, values, chosen, label, choose, disabled } = choices;
  return html`<fieldset>
    <legend class="sr">${legend}</legend>
    ${values.map(
      (value) =>
        html`<label class="choice">
          <input
            type="radio"
            name=${legend}
            .checked=${live(value === chosen)}
            ?disabled=${disabled?.(value) ?? false}
            @change=${() => choose(value)}
          />
          <span>${label(value)}</span>
        </label>`,
    )}
  </fieldset>`;
}

interface House {
  strings: Strings;
  kinds?: readonly HouseKind[];
  chosen: Record<string, boolean> | undefined;
  shared?: Record<string, boolean> | undefined;
  change: (chosen: Record<string, boolean>) => void;
  /** Another setting below the switches. */
  also?: TemplateResult;
}

/** The settings of household notifications. */
export function renderHouse(house: House): TemplateResult {
  const { strings, kinds = HOUSE_KINDS, chosen, shared, change, also } = house;
  return html`<fieldset>
      <legend class="sr">${strings.text("notices.house_title")}</legend>
      ${kinds.map((kind) =>
        renderSwitch({
          label: strings.text(`notices.house.${kind}`),
          on: ofHouse(kind, chosen, shared),
          change: (on) => change({ ...chosen, [kind]: on }),
        }),
      )}
    </fieldset>
    ${also ?? nothing}
    <details>
      <summary>${strings.text("notices.house_about")}</summary>
      <p>${strings.text("notices.house_hint")}</p>
      <p>${strings.text("notices.house_at_hint")}</p>
    </details>`;
}

/** Show an error that stays visible while the page scrolls. */
export function renderUnsaved(
  strings: Strings,
  failure: Failure | undefined,
): TemplateResult {
  const words = (): string =>
    failure?.code === "connection_lost"
      ? strings.text("notices.unsaved_offline")
      : strings.text("notices.unsaved", {
          problem: failure ? problemText(strings, failure) : "",
        });
  return html`<div class="wrong" role="alert">
    ${
      failure
        ? html`<p class="banner problem">
            ${icon("alert")}<span class="grow">${words()}</span>
          </p>`
        : nothing
    }
  </div>`;
}
