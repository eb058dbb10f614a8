/** What stands in place of clips while there are none. */

import { html, nothing, type TemplateResult } from "lit";
import type { Live } from "../api/live.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";

interface Context {
  strings: Strings;
  feed: Pick<Live, "status" | "failure" | "retry">;
  hasDoorbell: boolean;
  filtered: boolean;
  showAll: () => void;
}

export function renderEmpty(context: Context): TemplateResult {
  const { strings, feed } = context;
  if (feed.status === "loading") {
    return html`<div class="state" role="status">
      <div class="skeletons" aria-hidden="true"><i></i><i></i><i></i></div>
      <span class="sr">${strings.text("card.loading")}</span>
    </div>`;
  }
  if (feed.status === "error") {
    return html`<div class="state" role="alert">
      ${icon("alert")}
      <strong>${strings.text("card.error_title")}</strong>
      <p>${feed.failure ? problemText(strings, feed.failure) : nothing}</p>
      <button @click=${() => feed.retry()}>${strings.text("card.retry")}</button>
    </div>`;
  }
  const say = (name: IconName, key: string, more?: TemplateResult): TemplateResult =>
    html`<div class="state" role="status">
      ${icon(name)}
      <strong>${strings.text(`card.${key}_title`)}</strong>
      <p>${strings.text(`card.${key}`)}</p>
      ${more}
    </div>`;
  if (!context.hasDoorbell) return say("door", "no_doorbell");
  if (!context.filtered) return say("door", "empty");
  return say(
    "door",
    "empty_filter",
    html`<button @click=${context.showAll}>${strings.text("card.show_all")}</button>`,
  );
}
