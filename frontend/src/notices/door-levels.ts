/** The levels of all doorbells, and those of single doorbells that differ. */

import { html, nothing, type TemplateResult } from "lit";
import type { Doorbell, Notices, Wishes } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { renderLevels, renderMeanings } from "./level-list.ts";
import { ALL, inherited, kindsOf, withLevels, type DoorKind } from "./levels.ts";
import { renderSwitch } from "./switches.ts";

interface Doors {
  strings: Strings;
  notices: Notices;
  wishes: Wishes;
  /** Labels that cameras of this home report. */
  labels: readonly string[];
  doorbells: readonly Doorbell[];
  change: (wishes: Wishes) => void;
}

export function renderDoors(context: Doors): TemplateResult {
  const { strings, notices, wishes, labels, doorbells } = context;
  const kinds = kindsOf(
    labels,
    notices.defaults.levels,
    ...Object.values(wishes.levels ?? {}),
  );
  // Also show own levels if only one doorbell is left.
  const own = doorbells.filter(
    ({ doorbell_id: id }) => doorbells.length > 1 || wishes.levels?.[id],
  );
  const all = strings.text("notices.all_doorbells");
  return html`<h3 class=${own.length > 0 ? "" : "sr"}>${all}</h3>
    ${levels(context, ALL, all, kinds)} ${renderMeanings(strings)}
    ${
      own.length > 0
        ? html`<ul class="rows">
            ${own.map((one) => door(context, one, kinds))}
          </ul>`
        : nothing
    }`;
}

function door(
  context: Doors,
  { doorbell_id: id, name }: Doorbell,
  kinds: readonly DoorKind[],
): TemplateResult {
  const { strings, wishes, change } = context;
  const own = wishes.levels?.[id] !== undefined;
  return html`<li>
    ${renderSwitch({
      label: strings.text("notices.own", { name }),
      on: own,
      change: (on) => change(withLevels(wishes, id, on ? {} : undefined)),
    })}
    ${own ? levels(context, id, name, kinds) : nothing}
  </li>`;
}

function levels(
  { strings, notices, wishes, change }: Doors,
  id: string,
  name: string,
  kinds: readonly DoorKind[],
): TemplateResult {
  return renderLevels({
    strings,
    name,
    kinds,
    chosen: wishes.levels?.[id],
    otherwise: (kind) => inherited({ ...notices, wishes }, id, kind),
    change: (chosen) => change(withLevels(wishes, id, chosen)),
  });
}
