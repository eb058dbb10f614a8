/** Up to two custom buttons of the household: a name and a script to run. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Button } from "../api/commands.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";

/** The home's limits. */
const MOST = 2;
const LONGEST = 40;

interface Buttons {
  strings: Strings;
  buttons: readonly Button[];
  states: HomeAssistant["states"];
  change: (buttons: Button[]) => void;
  /** Like `change`, but moves the focus, because the pressed button disappears. */
  replace: (buttons: Button[], focus: string) => void;
}

interface Script {
  id: string;
  name: string;
}

function scriptsOf({ states, strings }: Buttons): Script[] {
  const found = Object.keys(states)
    .filter((id) => id.startsWith("script."))
    .map((id) => ({ id, name: states[id]?.attributes?.friendly_name ?? id }));
  const { compare } = new Intl.Collator(strings.language);
  return found.sort((a, b) => compare(a.name, b.name));
}

export function renderButtons(context: Buttons): TemplateResult {
  const { strings, buttons, replace } = context;
  const words = (key: string): string => strings.text(`page.settings.notices.${key}`);
  const scripts = scriptsOf(context);
  if (scripts.length === 0 && buttons.length === 0)
    return html`<p>${words("no_scripts")}</p>`;
  return html`${
    buttons.length > 0
      ? html`<ul class="rows">
          ${buttons.map((button, index) => row(context, scripts, button, index))}
        </ul>`
      : nothing
  }
  ${
    buttons.length < MOST
      ? html`<div class="buttons">
          <button
            class="add-button"
            @click=${() =>
              replace(
                [...buttons, { name: "", script: "" }],
                ".own-button:last-child input",
              )}
          >
            ${words("button_add")}
          </button>
        </div>`
      : nothing
  }`;
}

function row(
  { strings, buttons, change, replace }: Buttons,
  scripts: readonly Script[],
  button: Button,
  index: number,
): TemplateResult {
  const words = (key: string, values = {}): string =>
    strings.text(`page.settings.notices.${key}`, values);
  const number = index + 1;
  const put = (changed: Partial<Button>): void =>
    change(buttons.map((one, at) => (at === index ? { ...one, ...changed } : one)));
  const { name, script } = button;
  const gone = script !== "" && scripts.every(({ id }) => id !== script);
  const option = (id: string, text: string): TemplateResult =>
    html`<option value=${id} ?selected=${id === script}>${text}</option>`;
  return html`<li class="own-button">
    <div class="fields">
      <label class="wide"
        ><span>${words("button_name")}</span>
        <input
          type="text"
          maxlength=${LONGEST}
          aria-label=${words("button_name_label", { number })}
          .value=${live(name)}
          @input=${(event: Event) =>
            put({ name: (event.target as HTMLInputElement).value })}
      /></label>
      <label class="wide"
        ><span>${words("button_script")}</span>
        <select
          aria-label=${words("button_script_label", { number })}
          .value=${live(script)}
          @change=${(event: Event) =>
            put({ script: (event.target as HTMLSelectElement).value })}
        >
          ${option("", words("button_choose"))}
          ${gone ? option(script, words("button_gone", { script })) : nothing}
          ${scripts.map(({ id, name: text }) => option(id, text))}
        </select></label
      >
      <button
        aria-label=${words("button_remove_label", { number })}
        @click=${() =>
          replace(
            buttons.filter((_, at) => at !== index),
            ".add-button",
          )}
      >
        ${strings.text("notices.remove")}
      </button>
    </div>
  </li>`;
}
