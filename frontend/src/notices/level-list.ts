/** The level of each kind: four choices, or the inherited one. */

import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { eventName, labelName } from "../clips/clip-words.ts";
import type { Strings } from "../i18n/strings.ts";
import {
  LEVELS,
  withLevel,
  type Chosen,
  type DoorKind,
  type Level,
  type Source,
} from "./levels.ts";

const nameOf = (strings: Strings, kind: DoorKind): string =>
  kind === "ring" || kind === "motion"
    ? eventName(strings, kind)
    : labelName(strings, kind);

interface LevelList {
  strings: Strings;
  /** The owner of the levels. */
  name: string;
  kinds: readonly DoorKind[];
  chosen: Chosen | undefined;
  otherwise: (kind: DoorKind) => { level: Level; from: Source };
  change: (chosen: Record<string, string>) => void;
}

export function renderLevels(list: LevelList): TemplateResult {
  const { strings, name, kinds, chosen, otherwise, change } = list;
  const words = (level: Level): string => strings.text(`notices.level.${level}`);
  const one = (kind: DoorKind): TemplateResult => {
    const now = chosen?.[kind] ?? "";
    const { level, from } = otherwise(kind);
    const kindName = nameOf(strings, kind);
    return html`<label
      ><span>${kindName}</span>
      <select
        aria-label=${strings.text("notices.level_label", { kind: kindName, name })}
        .value=${live(now)}
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          const level_ = LEVELS.find((each) => each === value);
          change(withLevel(chosen, kind, level_));
        }}
      >
        <option value="" ?selected=${now === ""}>
          ${strings.text(`notices.from.${from}`, { level: words(level) })}
        </option>
        ${LEVELS.map(
          (each) =>
            html`<option value=${each} ?selected=${now === each}>
              ${words(each)}
            </option>`,
        )}
      </select></label
    >`;
  };
  return html`<div class="levels">${kinds.map(one)}</div>`;
}

export function renderMeanings(strings: Strings): TemplateResult {
  return html`<details>
    <summary>${strings.text("notices.meanings")}</summary>
    <dl>
      ${LEVELS.map(
        (level) =>
          html`<dt>${strings.text(`notices.level.${level}`)}</dt>
            <dd>${strings.text(`notices.means.${level}`)}</dd>`,
      )}
    </dl>
  </details>`;
}
