/** Buttons to edit covered areas without drawing, and when the selected one is covered. */

import { html, nothing, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import type { CoverEditing } from "./cover-editing.ts";
import { coverTimes } from "./cover-times.ts";

/** `at` is the time of the image, `clip` the clip that is covered. */
export function renderCoverTools(
  strings: Strings,
  editing: CoverEditing,
  clip: { readonly duration: number },
  at: number,
): TemplateResult {
  const { covers, selected } = editing;
  const count = covers.length;
  return html`<p class="state">
      ${
        selected === undefined
          ? strings.text("covers.count", { count })
          : strings.text("covers.selected", { area: selected + 1, count })
      }
    </p>
    <div class="buttons">
      <button
        type="button"
        id="add"
        ?disabled=${!editing.canAdd}
        @click=${() => editing.add()}
      >
        ${icon("add")} ${strings.text("covers.add")}
      </button>
      <button
        type="button"
        ?disabled=${selected === undefined}
        @click=${() => selected !== undefined && editing.remove(selected)}
      >
        ${strings.text("covers.remove")}
      </button>
    </div>
    ${
      selected === undefined
        ? nothing
        : coverTimes({ strings, covers, clip, at }, selected, (change) =>
            editing.alter(selected, change),
          )
    }
    <p class="muted small">${strings.text("covers.stay")}</p>
    <p class="muted small keyboard" id="keys">${strings.text("covers.keys")}</p>`;
}
