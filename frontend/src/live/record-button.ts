/** The button that starts and stops a manual recording, and the sign that something is recorded. */

import { html, type TemplateResult } from "lit";
import type { Recording } from "../api/commands.ts";
import { duration } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

interface Context {
  strings: Strings;
  /** The doorbell's name, because there may be several buttons. */
  name: string;
  recording: Recording | undefined;
  disabled: boolean;
  start: () => void;
  stop: () => void;
}

export function renderRecordButton(context: Context): TemplateResult {
  const { strings, name } = context;
  const stops = Boolean(context.recording?.by_hand_until);
  const what = stops ? "stop" : "record";
  return html`<button
    class=${what}
    aria-label=${strings.text(`live.${what}_label`, { name })}
    ?disabled=${context.disabled}
    @click=${stops ? context.stop : context.start}
  >
    ${icon(what)}<span class="words">${strings.text(`live.${what}`)}</span>
  </button>`;
}

export function renderRecordingSign(
  strings: Strings,
  { since }: Recording,
): TemplateResult {
  const seconds = (Date.now() - Date.parse(since)) / 1000;
  return html`<div class="sign recording">
    <i></i>
    <span role="status">${strings.text("live.recording")}</span>
    <span aria-hidden="true">${duration(seconds)}</span>
  </div>`;
}
