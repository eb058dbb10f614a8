/** The fields of a request, word for word, and missing ones. */

import { html, nothing, type TemplateResult } from "lit";
import type { Agency, OpenRequest } from "../api/commands.ts";
import { dayName } from "../i18n/format.ts";
import {
  comparedWords,
  lookFor,
  momentWords,
  windowWords,
  type Words,
} from "./request-words.ts";

/** The agency, and whether somebody verified it. */
export function agencyWords(
  words: Words,
  name: string,
  agency: Agency | undefined,
): TemplateResult {
  return html`<bdi>${name}</bdi>${
      agency
        ? html`<span class="muted"> · ${comparedWords(words, agency)}</span>`
        : nothing
    }`;
}

export function renderFacts(
  words: Words,
  request: OpenRequest,
  agency: Agency | undefined,
): TemplateResult {
  const { strings } = words;
  const row = (key: string, value: unknown): TemplateResult =>
    html`<dt>${strings.text(`requests.of.${key}`)}</dt>
      <dd>${value}</dd>`;
  /** Untrusted text: shown as it is, without links. */
  const line = (key: string, value: string | null): TemplateResult | typeof nothing =>
    value === null ? nothing : row(key, html`<span class="text">${value}</span>`);
  const { begins, ends, until } = request;
  return html`<dl>
    ${row("agency", agencyWords(words, request.agency, agency))}
    ${begins && ends ? row("window", windowWords(words, begins, ends)) : nothing}
    ${line("offence", request.offence)}
    ${line("case_reference", request.case_reference)}
    ${line("investigation_code", request.investigation_code)}
    ${row(
      "labels",
      lookFor(strings, request.labels) ?? strings.text("requests.everything"),
    )}
    ${until ? row("until", momentWords(words, until, dayName)) : nothing}
    ${line("contact", request.contact)} ${line("terms", request.terms)}
    ${row("id", html`<bdi>${request.request_id}</bdi>`)}
  </dl>`;
}
