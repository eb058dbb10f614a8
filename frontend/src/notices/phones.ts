/** A person's phones: which get notifications, a test, and problems. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { NoticePhone } from "../api/commands.ts";
import { dayInWords, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import type { Tested } from "./my-notices.ts";

interface Phones {
  strings: Strings;
  locale: Locale;
  zone: string;
  phones: readonly NoticePhone[];
  silent: readonly string[];
  tested: ReadonlyMap<string, Tested>;
  connected: boolean;
  change: (silent: string[]) => void;
  test: (phone: NoticePhone) => void;
}

export function renderPhones(context: Phones): TemplateResult {
  const { strings, phones } = context;
  if (phones.length === 0)
    return html`<p class="banner">
      ${icon("phone")}<span class="grow">${strings.text("notices.phone_none")}</span>
    </p>`;
  return html`<ul class="rows">
    ${phones.map((phone) => row(context, phone))}
  </ul>`;
}

function row(context: Phones, phone: NoticePhone): TemplateResult {
  const { strings, silent, tested, connected, change, test } = context;
  const { phone_id: id, name } = phone;
  const others = silent.filter((one) => one !== id);
  const came = tested.get(id);
  return html`<li>
    <div class="line">
      <label class="choice">
        <span><bdi>${name}</bdi></span>
        <input
          type="checkbox"
          role="switch"
          aria-label=${strings.text("notices.phone_on", { name })}
          .checked=${live(others.length === silent.length)}
          @change=${(event: Event) =>
            change(
              (event.target as HTMLInputElement).checked ? others : [...others, id],
            )}
        />
      </label>
      ${
        phone.problem
          ? nothing
          : html`<button
              aria-label=${strings.text("notices.test_label", { name })}
              ?disabled=${!connected}
              aria-disabled=${came === "sending"}
              @click=${() => (came === "sending" ? undefined : test(phone))}
            >
              ${strings.text("notices.test")}
            </button>`
      }
    </div>
    ${problem(context, phone)}
    <p role="status">${came ? result(strings, came, name) : nothing}</p>
  </li>`;
}

function result(strings: Strings, came: Tested, name: string): string {
  if (came === "sending") return strings.text("notices.test_sending");
  if (came === "sent")
    return `${strings.text("notices.test_sent", { name })} ${strings.text("notices.phone_hint")}`;
  return problemText(strings, came);
}

function problem(
  { strings, locale, zone }: Phones,
  { problem: why, failed_at: failed }: NoticePhone,
): TemplateResult | typeof nothing {
  const known = why !== null && strings.has(`notices.phone.${why}`);
  const words = why
    ? strings.text(known ? `notices.phone.${why}` : "notices.phone.not_loaded")
    : failed
      ? strings.text("notices.phone_failed", {
          day: dayInWords(failed, zone, locale),
          time: time(failed, zone, locale),
        })
      : "";
  return words
    ? html`<p class="banner problem">
        ${icon("alert")}<span class="grow">${words}</span>
      </p>`
    : nothing;
}
