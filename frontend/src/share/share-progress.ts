/** The header above the steps: the current step, and a resumed draft. */

import { html, nothing, type TemplateResult } from "lit";
import { dayInWords, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";

export function renderProgress(
  strings: Strings,
  step: number,
  count: number,
): TemplateResult {
  const steps = Array.from({ length: count }, (_, index) => index < step);
  const words = strings.text("share.progress", { step, count });
  return html`<p class="steps muted">
    <span>${words}</span>
    <span class="line" aria-hidden="true">
      ${steps.map((done) => html`<i class=${done ? "done" : ""}></i>`)}
    </span>
  </p>`;
}

interface DraftContext {
  strings: Strings;
  locale: Locale;
  /** When it was stored. */
  at: string | undefined;
  startOver: () => void;
}

export function renderDraftNote(
  context: DraftContext,
): TemplateResult | typeof nothing {
  const { strings, locale, at } = context;
  if (at === undefined) return nothing;
  const zone = locale.zone ?? "UTC";
  const when = { day: dayInWords(at, zone, locale), time: time(at, zone, locale) };
  return html`<div class="banner draft">
    <span class="grow">${strings.text("share.draft", when)}</span>
    <button type="button" @click=${context.startOver}>
      ${strings.text("share.start_over")}
    </button>
  </div>`;
}
