/** Buttons to edit areas without drawing: for touch, keyboards and screen readers. */

import { html, type TemplateResult } from "lit";
import { FEWEST_CORNERS, MOST_AREAS, MOST_CORNERS, type Area } from "./areas.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

interface Context {
  strings: Strings;
  areas: readonly Area[];
  selected: { area: number; corner: number } | undefined;
  ready: boolean;
  add: () => void;
  addCorner: () => void;
  removeCorner: () => void;
  remove: () => void;
}

function state({ strings, areas, selected }: Context): string {
  if (areas.length === 0) return strings.text("areas.whole");
  if (!selected) return strings.text("areas.count", { count: areas.length });
  return strings.text("areas.selected", {
    area: selected.area + 1,
    count: areas.length,
    corner: selected.corner + 1,
  });
}

export function renderAreaTools(context: Context): TemplateResult {
  const { strings, areas, selected } = context;
  const corners = selected ? (areas[selected.area]?.length ?? 0) : 0;
  const button = (key: string, possible: boolean, act: () => void): TemplateResult =>
    html`<button ?disabled=${!possible} @click=${act}>
      ${strings.text(`areas.${key}`)}
    </button>`;
  return html`<p class="state">${state(context)}</p>
    <div class="buttons">
      <button
        id="add"
        ?disabled=${!context.ready || areas.length >= MOST_AREAS}
        @click=${context.add}
      >
        ${icon("add")} ${strings.text("areas.add")}
      </button>
      ${button("add_corner", selected !== undefined && corners < MOST_CORNERS, context.addCorner)}
      ${button("remove_corner", corners > FEWEST_CORNERS, context.removeCorner)}
      ${button("remove", selected !== undefined, context.remove)}
    </div>
    <p class="muted small keyboard" id="keys">${strings.text("areas.keys")}</p>`;
}
