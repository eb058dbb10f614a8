/** Shown instead of a video that this browser cannot play. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { codecName } from "./playable.ts";
import type { PreviewPhase } from "./preview-maker.ts";
import { problemText } from "../ui/problem.ts";

interface Context {
  strings: Strings;
  clip: Clip;
  phase: PreviewPhase;
  connected: boolean;
  make: () => void;
  cancel: () => void;
  download: () => void;
}

export function renderOffer(context: Context): TemplateResult {
  const { strings, phase } = context;
  if (phase.name === "making") {
    return html`<div class="offer">
      <strong role="status">${strings.text("clip.making")}</strong>
      <progress
        max="1"
        .value=${phase.fraction}
        aria-label=${strings.text("clip.making")}
      ></progress>
      <div class="buttons">
        <button @click=${context.cancel}>${strings.text("clip.cancel_preview")}</button>
      </div>
    </div>`;
  }
  return html`<div class="offer">
    <strong>${strings.text("clip.cannot_play_title")}</strong>
    <p>${strings.text("clip.cannot_play_hint", { codec: codecName(context.clip) })}</p>
    ${
      phase.name === "failed"
        ? html`<p class="wrong" role="alert">${problemText(strings, phase.failure)}</p>`
        : nothing
    }
    <div class="buttons">
      <button class="primary" ?disabled=${!context.connected} @click=${context.make}>
        ${strings.text("clip.make_preview")}
      </button>
      <button ?disabled=${!context.connected} @click=${context.download}>
        ${strings.text("clip.download")}
      </button>
    </div>
  </div>`;
}
