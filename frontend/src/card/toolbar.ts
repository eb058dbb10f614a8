/** What stands above the clips: which kind to show, and what else can be done. */

import { html, nothing, type TemplateResult } from "lit";
import type { EventFilter } from "../api/commands.ts";
import type { Asking } from "./card-dialogs.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon, type IconName } from "../ui/icons.ts";

const FILTERS: readonly EventFilter[] = ["ring", "motion", "manual"];

interface Context {
  strings: Strings;
  connected: boolean;
  filter: EventFilter | undefined;
  mayControl: boolean;
  isAdmin: boolean;
  choose: (filter: EventFilter | undefined) => void;
  hasShares: boolean;
  ask: (what: Asking) => void;
}

export function renderToolbar(context: Context): TemplateResult {
  const { strings, filter } = context;
  const action = (name: IconName, key: Asking): TemplateResult =>
    html`<button
      class="tool"
      aria-label=${strings.text(`toolbar.${key}`)}
      title=${strings.text(`toolbar.${key}`)}
      ?disabled=${!context.connected}
      @click=${() => context.ask(key)}
    >
      ${icon(name)}<span class="label">${strings.text(`toolbar.${key}`)}</span>
    </button>`;
  return html`<div class="toolbar">
    <label class="filter">
      <span class="sr">${strings.text("toolbar.filter")}</span>
      <select
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          context.choose(FILTERS.find((one) => one === value));
        }}
      >
        <option value="" ?selected=${!filter}>${strings.text("toolbar.all")}</option>
        ${FILTERS.map(
          (one) =>
            html`<option value=${one} ?selected=${filter === one}>
              ${strings.text(`toolbar.${one}`)}
            </option>`,
        )}
      </select>
    </label>
    <span class="tools">
      ${context.mayControl ? action("record", "record") : nothing}
      ${context.mayControl ? action("bin", "deleted") : nothing}
      ${context.isAdmin || context.hasShares ? action("shares", "shares") : nothing}
      ${context.isAdmin ? action("areas", "areas") : nothing}
    </span>
  </div>`;
}
