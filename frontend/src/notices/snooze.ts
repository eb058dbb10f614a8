/** Snooze one doorbell or all, and end a snooze. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Doorbell } from "../api/commands.ts";
import { dayInWords, shortTimes, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { ALL } from "./levels.ts";
import { minutesUntilTomorrow } from "./moments.ts";

const MORNING = 7;
const SPANS = [30, 60, 240] as const;

interface Snooze {
  strings: Strings;
  locale: Locale;
  zone: string;
  doorbells: readonly Doorbell[];
  snoozed: Readonly<Record<string, string>>;
  /** The doorbell to snooze, or `ALL`. */
  chosen: string;
  connected: boolean;
  choose: (doorbellId: string) => void;
  /** 0 minutes ends it. */
  snooze: (doorbellId: string, minutes: number) => void;
}

export function renderSnooze(context: Snooze): TemplateResult {
  const { strings, doorbells, snoozed, chosen, connected, choose, snooze } = context;
  const name = (id: string): string =>
    doorbells.find((one) => one.doorbell_id === id)?.name ??
    strings.text("notices.all_doorbells");
  const button = (words: string, minutes: () => number): TemplateResult =>
    html`<button ?disabled=${!connected} @click=${() => snooze(chosen, minutes())}>
      ${words}
    </button>`;
  return html`<div role="status">
      ${Object.entries(snoozed).map(
        ([id, until]) =>
          html`<p class="banner">
            ${icon("snooze")}
            <span class="grow">${ends(context, name(id), until)}</span>
            <button
              aria-label=${strings.text("notices.snooze_end_label", { name: name(id) })}
              ?disabled=${!connected}
              @click=${() => snooze(id, 0)}
            >
              ${strings.text("notices.snooze_end")}
            </button>
          </p>`,
      )}
    </div>
    <div
      class="buttons snoozes"
      role="group"
      aria-label=${strings.text("notices.snooze_title")}
    >
      ${
        doorbells.length > 1
          ? html`<select
              class="short"
              aria-label=${strings.text("notices.snooze_what")}
              .value=${live(chosen)}
              @change=${(event: Event) =>
                choose((event.target as HTMLSelectElement).value)}
            >
              ${[ALL, ...doorbells.map((one) => one.doorbell_id)].map(
                (id) =>
                  html`<option value=${id} ?selected=${id === chosen}>
                    ${name(id)}
                  </option>`,
              )}
            </select>`
          : nothing
      }
      ${SPANS.map((minutes) =>
        button(
          minutes < 60
            ? strings.text("notices.snooze_minutes", { count: minutes })
            : strings.text("notices.snooze_hours", { count: minutes / 60 }),
          () => minutes,
        ),
      )}
      ${button(
        strings.text("notices.snooze_tomorrow", {
          time: shortTimes("UTC", context.locale).minute(MORNING * 3_600_000),
        }),
        () => minutesUntilTomorrow(MORNING, Date.now(), context.zone),
      )}
    </div>`;
}

function ends({ strings, locale, zone }: Snooze, name: string, until: string): string {
  return strings.text("notices.snooze_until", {
    name,
    day: dayInWords(until, zone, locale),
    time: shortTimes(zone, locale).minute(Date.parse(until)),
  });
}
