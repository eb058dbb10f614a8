/** The answered request, in the agency's words. */

import { html, nothing, type TemplateResult } from "lit";
import type { RequestInNotice } from "../api/commands.ts";
import { dayName } from "../i18n/format.ts";
import { momentWords, windowWords, type Words } from "../requests/request-words.ts";

export function renderAnswered(words: Words, request: RequestInNotice): TemplateResult {
  const { strings } = words;
  const { title, text, begins, ends, until } = request;
  const row = (key: string, value: string | null): TemplateResult | typeof nothing =>
    value === null
      ? nothing
      : html`<div class="row">
          <dt>${strings.text(`requests.of.${key}`)}</dt>
          <dd><p class="text">${value}</p></dd>
        </div>`;
  const named = strings.text("notice.request_named", {
    id: request.request_id,
    version: request.version,
  });
  return html`<section class="request">
    <h3>${strings.text("notice.request")}</h3>
    ${title ? html`<p class="agency"><bdi>${title}</bdi></p>` : nothing}
    ${text ? html`<p class="text">${text}</p>` : nothing}
    <dl>
      ${row("window", begins && ends ? windowWords(words, begins, ends) : null)}
      ${row("offence", request.offence)}
      ${row("case_reference", request.case_reference)}
      ${row("investigation_code", request.investigation_code)}
      ${row("contact", request.contact)} ${row("terms", request.terms)}
      ${row("until", until ? momentWords(words, until, dayName) : null)}
      ${row("id", named)}
    </dl>
  </section>`;
}
