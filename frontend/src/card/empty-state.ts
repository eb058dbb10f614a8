/** Shown instead of clips if there are none. */

import { html, nothing, type TemplateResult } from "lit";
import type { Failure } from "../api/commands.ts";
import type { LiveStatus } from "../api/live.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";

interface Context {
  strings: Strings;
  status: LiveStatus;
  failure?: Failure | undefined;
  retry?: () => void;
  hasDoorbell: boolean;
}

export function renderEmpty(context: Context): TemplateResult {
  const { strings, status, failure } = context;
  if (status === "loading") {
    return html`<div class="state" role="status">
      <div class="skeletons" aria-hidden="true"><i></i><i></i></div>
      <span class="sr">${strings.text("card.loading")}</span>
    </div>`;
  }
  if (status === "error") {
    return html`<div class="state" role="alert">
      ${icon("alert")}
      <strong>${strings.text("card.error_title")}</strong>
      <p>${failure ? problemText(strings, failure) : nothing}</p>
      <button @click=${context.retry}>${strings.text("card.retry")}</button>
    </div>`;
  }
  const key = context.hasDoorbell ? "empty" : "no_doorbell";
  return html`<div class="state" role="status">
    ${icon("door")}
    <strong>${strings.text(`card.${key}_title`)}</strong>
    <p>${strings.text(`card.${key}`)}</p>
  </div>`;
}
