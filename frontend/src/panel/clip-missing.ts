/** What a clip's page shows without the clip, or without the player. */

import { html, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import type { ClipFollower } from "./clip-follower.ts";

/** The player is missing: the open page is from before an update, or the home is not reachable. */
export function renderNoPlayer(strings: Strings): TemplateResult {
  return html`<div class="empty" role="alert">
    ${icon("alert")}
    <p>${strings.text("panel.not_loaded")}</p>
    <button @click=${() => location.reload()}>${strings.text("panel.reload")}</button>
  </div>`;
}

type State = Pick<ClipFollower, "gone" | "status" | "failure">;

/** The clip is loading, or there is none that this person may see. */
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
