/** The text of an error: the card's own, else the server's, else a generic one. */

import { html, nothing, type TemplateResult } from "lit";
import type { Failure } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "./icons.ts";

export function problemText(strings: Strings, failure: Failure): string {
  const { code, message, placeholders } = failure;
  const key = `problem.${code}`;
  if (strings.has(key)) return strings.text(key, placeholders);
  return message || strings.text("problem.unknown");
}

/** Render an error; nothing if there is none. */
export function renderProblem(
  strings: Strings,
  failure: Failure | undefined,
): TemplateResult | typeof nothing {
  return failure
    ? html`<p class="banner problem" role="alert">
        ${icon("alert")}<span class="grow">${problemText(strings, failure)}</span>
      </p>`
    : nothing;
}
