/** Quiet hours: only urgent notifications, on the days when they begin. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { QuietHours } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { WEEKDAYS, weekdayName, weekFrom } from "./moments.ts";

/** The home's limit. */
const MOST = 14;
const NIGHT: QuietHours = { days: [...WEEKDAYS], begins: "22:00", ends: "07:00" };

interface Quiet {
  strings: Strings;
  language: string;
  firstWeekday: number;
  /** The home's time zone. */
  zone: string;
  quiet: readonly QuietHours[];
  change: (quiet: QuietHours[]) => void;
  /** Like `change`, but moves the focus, because the pressed button disappears. */
  replace: (quiet: QuietHours[], focus: string) => void;
}

export function renderQuiet(context: Quiet): TemplateResult {
  const { strings, quiet, replace } = context;
  return html`<div class="line">
      <span class="grow">${strings.text("notices.quiet_title")}</span>
      <button
        class="add-quiet"
        ?disabled=${quiet.length >= MOST}
        @click=${() => replace([...quiet, NIGHT], ".quiet:last-child button")}
      >
        ${strings.text("notices.quiet_add")}
      </button>
    </div>
    ${
      quiet.length > 0
        ? html`<p class="muted">
              ${strings.text("notices.quiet_hint", { zone: context.zone })}
            </p>
            <ul class="rows">
              ${quiet.map((hours, index) => row(context, hours, index))}
            </ul>`
        : nothing
    }`;
}

function row(context: Quiet, hours: QuietHours, index: number): TemplateResult {
  const { strings, quiet, change, replace } = context;
  const number = index + 1;
  const put = (changed: Partial<QuietHours>): void =>
    change(quiet.map((one, at) => (at === index ? { ...one, ...changed } : one)));
  const days = (day: number): number[] =>
    WEEKDAYS.filter((one) => hours.days.includes(one) !== (one === day));
  const clock = (which: "begins" | "ends"): TemplateResult =>
    html`<label
      ><span>${strings.text(`notices.quiet_${which}`)}</span>
      <input
        type="time"
        required
        aria-label=${strings.text(`notices.quiet_${which}_label`, { number })}
        .value=${live(hours[which])}
        @change=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          // Ignore an incomplete time.
          if (input.value) put({ [which]: input.value.slice(0, 5) });
          else input.value = hours[which];
        }}
    /></label>`;
  return html`<li class="quiet">
    <div
      class="days"
      role="group"
      aria-label=${strings.text("notices.quiet_days", { number })}
    >
      ${weekFrom(context.firstWeekday).map((day) => {
        const chosen = hours.days.includes(day);
        const last = chosen && hours.days.length === 1;
        return html`<button
          aria-pressed=${chosen}
          aria-disabled=${last}
          title=${weekdayName(day, context.language, "long")}
          @click=${() => (last ? undefined : put({ days: days(day) }))}
        >
          ${weekdayName(day, context.language, "short")}
        </button>`;
      })}
    </div>
    <div class="fields">
      ${clock("begins")} ${clock("ends")}
      <button
        aria-label=${strings.text("notices.quiet_remove_label", { number })}
        @click=${() =>
          replace(
            quiet.filter((_, at) => at !== index),
            ".add-quiet",
          )}
      >
        ${strings.text("notices.remove")}
      </button>
    </div>
    ${
      hours.ends <= hours.begins
        ? html`<p class="muted">${strings.text("notices.quiet_over")}</p>`
        : nothing
    }
  </li>`;
}
