/** The list of the keys on the page of a clip. Not shown on touch screens. */

import { html, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";

/** Keys, with translated names for some, and what they do. */
const KEYS: readonly (readonly [readonly string[], string])[] = [
  [["space", "K"], "toggle"],
  [["←", "→"], "step"],
  [["J", "L"], "leap"],
  [[",", "."], "frame"],
  [["M"], "mute"],
  [["F"], "full"],
];
const NAMED = new Set(["space", "shift"]);

export function renderKeys(strings: Strings): TemplateResult {
  const text = (key: string): string => strings.text(`page.clip.keys.${key}`);
  const cap = (key: string): TemplateResult =>
    html`<kbd>${NAMED.has(key) ? text(key) : key}</kbd> `;
  return html`<details class="keys">
    <summary>${text("title")}</summary>
    <dl>
      ${KEYS.map(
        ([keys, what]) =>
          html`<div>
            <dt>${keys.map(cap)}</dt>
            <dd>${text(what)}</dd>
          </div>`,
      )}
      <div>
        <dt>${cap("shift")}+ ${cap("←")}${cap("→")}</dt>
        <dd>${text("clip")}</dd>
      </div>
    </dl>
  </details>`;
}
