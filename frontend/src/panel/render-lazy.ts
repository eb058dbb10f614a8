/** A part of the panel that is loaded on first use, or why it can't be. */

import { html, nothing, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import type { Lazy } from "./lazy.ts";

export function renderLazy(
  strings: Strings,
  part: Lazy,
  render: () => TemplateResult,
): TemplateResult | typeof nothing {
  const { state } = part.want();
  if (state === "there") return render();
  return state === "missing"
    ? html`<p class="banner problem" role="alert">
        ${strings.text("panel.not_loaded")}
      </p>`
    : nothing;
}
