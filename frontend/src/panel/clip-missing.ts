/** A clip's page while the clip is loading, or if there is none that this person may see. */

import { html, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import type { ClipFollower } from "./clip-follower.ts";

type State = Pick<ClipFollower, "gone" | "status" | "failure">;

export function renderMissing(
  strings: Strings,
  { gone, status, failure }: State,
): TemplateResult {
  if (gone)
    return html`<div class="empty" role="status">
      ${icon("door")}
      <h1 tabindex="-1">${strings.text("page.clip.gone")}</h1>
      <a class="button" href="/doorwatch">${strings.text("page.clip.all")}</a>
    </div>`;
  if (status === "error") return html`${renderProblem(strings, failure)}`;
  return html`<p class="empty muted" role="status">${strings.text("page.loading")}</p>`;
}
