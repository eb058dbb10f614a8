/** What is wrong now, above everything else. */

import { html, nothing, type TemplateResult } from "lit";
import type { Doorbell, Failure } from "../api/commands.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";

export function renderBanners(
  strings: Strings,
  hass: HomeAssistant | undefined,
  doorbells: readonly Doorbell[],
  failure: Failure | undefined,
): TemplateResult {
  const offline = doorbells.filter(
    (one) => hass?.states[one.camera_entity_id ?? ""]?.state === "unavailable",
  );
  const banner = (words: string, kind: "offline" | "alert"): TemplateResult =>
    html`<p class="banner ${kind === "alert" ? "problem" : ""}">
      ${icon(kind)}<span class="grow">${words}</span>
    </p>`;
  return html`<div role="status" class="banners">
    ${hass?.connected ? nothing : banner(strings.text("card.disconnected"), "offline")}
    ${
      hass?.connected
        ? offline.map((one) =>
            banner(strings.text("card.offline", { name: one.name }), "offline"),
          )
        : nothing
    }
    ${failure ? banner(problemText(strings, failure), "alert") : nothing}
  </div>`;
}
