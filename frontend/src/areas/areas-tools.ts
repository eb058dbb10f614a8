/** Buttons to edit areas without drawing: for touch, keyboards and screen readers. */

import { html, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import type { AreaEditing } from "./area-editing.ts";
import { FEWEST_CORNERS, MOST_AREAS, MOST_CORNERS } from "./areas.ts";

export function renderAreaTools(
  strings: Strings,
  editing: AreaEditing,
): TemplateResult {
  const { areas, selected } = editing;
  const corners = selected ? (areas[selected.area]?.length ?? 0) : 0;
  const button = (key: string, possible: boolean, act: () => void): TemplateResult =>
    html`<button ?disabled=${!possible} @click=${act}>
      ${strings.text(`areas.${key}`)}
    </button>`;
  const canAdd = selected !== undefined && corners < MOST_CORNERS;
  return html`<p class="state">${stateText(strings, editing)}</p>
    <div class="buttons">
      <button
        id="add"
        ?disabled=${!editing.isReady || areas.length >= MOST_AREAS}
        @click=${() => editing.add()}
      >
        ${icon("add")} ${strings.text("areas.add")}
      </button>
      ${button("add_corner", canAdd, () => editing.addCorner())}
      ${button("remove_corner", corners > FEWEST_CORNERS, () => editing.removeCorner())}
      ${button("remove", selected !== undefined, () => editing.removeArea())}
    </div>
    <p class="muted small keyboard" id="keys">${strings.text("areas.keys")}</p>`;
}

function stateText(strings: Strings, { areas, selected }: AreaEditing): string {
  if (areas.length === 0) return strings.text("areas.whole");
  if (!selected) return strings.text("areas.count", { count: areas.length });
  return strings.text("areas.selected", {
    area: selected.area + 1,
    count: areas.length,
    corner: selected.corner + 1,
  });
}
