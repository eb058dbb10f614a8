/** Settings for fewer notifications: while somebody is at home, and soon after the last one. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Presence } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";

const PRESENCES: readonly Presence[] = ["always", "not_while_i", "not_while_anybody"];
const MINUTES = [0, 1, 2, 5, 10, 15, 30, 60, 120, 240];
/** The home's default. */
const USUAL = 5;

const chosen = (event: Event): string => (event.target as HTMLSelectElement).value;

export function renderPresence(
  strings: Strings,
  presence: Presence = "always",
  hasPerson: boolean,
  choose: (presence: Presence) => void,
): TemplateResult {
  return html`<label class="line">
      <span class="grow">${strings.text("notices.presence_title")}</span>
      <select
        class="short"
        .value=${live(presence)}
        @change=${(event: Event) => choose(chosen(event) as Presence)}
      >
        ${PRESENCES.map(
          (one) =>
            html`<option
              value=${one}
              ?selected=${one === presence}
              ?disabled=${
                // Keep the current choice available.
                !hasPerson && one === "not_while_i" && one !== presence
              }
            >
              ${strings.text(`notices.presence.${one}`)}
            </option>`,
        )}
      </select>
    </label>
    ${
      presence === "always"
        ? nothing
        : html`<p class="muted">${strings.text("notices.presence_hint")}</p>`
    }
    ${
      hasPerson
        ? nothing
        : html`<p class="muted">${strings.text("notices.no_person")}</p>`
    }`;
}

export function renderPauses(
  strings: Strings,
  pause: number = USUAL,
  choose: (minutes: number) => void,
): TemplateResult {
  const minutes = [...new Set([...MINUTES, pause])].sort((a, b) => a - b);
  return html`<label class="line">
    <span class="grow"
      >${strings.text("notices.pause_label")}
      <span class="muted">${strings.text("notices.pause_hint")}</span></span
    >
    <select
      class="short"
      .value=${live(String(pause))}
      @change=${(event: Event) => choose(Number(chosen(event)))}
    >
      ${minutes.map(
        (count) =>
          html`<option value=${count} ?selected=${count === pause}>
            ${
              count === 0
                ? strings.text("notices.pause_none")
                : strings.text("notices.pause", { count })
            }
          </option>`,
      )}
    </select>
  </label>`;
}
