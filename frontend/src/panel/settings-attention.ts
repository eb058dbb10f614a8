/** Settings that need attention, each with what changes it. */

import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type {
  Doorbell,
  SettingsOfAgency,
  SettingsOfDoorbell,
} from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { feedProblem } from "../requests/feed-problems.ts";
import { icon } from "../ui/icons.ts";
import "./settings-edit.ts";
import type { EntryPage } from "./settings-edit.ts";
import { isUnverified, type Attention } from "./settings-words.ts";

interface Context {
  strings: Strings;
  attention: Attention;
  /** The doorbells that are running. */
  known: readonly Doorbell[];
  connected: boolean;
  detect: (doorbell: Doorbell) => void;
  saved: () => void;
}

export const attentionStyles = css`
  ul.attention {
    list-style: none;
    display: grid;
    gap: 8px;
    margin: 0 0 16px;
    padding: 0;
  }
  .attention > li {
    flex-wrap: wrap;
  }
  .attention .grow {
    flex-basis: 200px;
  }
  .attention .icon {
    align-self: start;
  }
`;

export function renderAttention(context: Context): TemplateResult | typeof nothing {
  const { strings, attention } = context;
  const { blind, agencies } = attention;
  const text = (key: string): string => strings.text(`page.settings.${key}`);
  if (blind.length + agencies.length === 0) return nothing;
  const line = (
    name: string,
    words: string,
    button: TemplateResult | typeof nothing = nothing,
  ): TemplateResult =>
    html`<li class="banner">
      ${icon("alert")}
      <div class="grow"><strong>${name}</strong><br />${words}</div>
      ${button}
    </li>`;
  return html`<h2>${text("attention")}</h2>
    <ul class="attention">
      ${repeat(
        blind,
        (one) => one.doorbell_id,
        (one) => line(one.name, text("no_motion"), change(context, one)),
      )}
      ${repeat(
        agencies,
        (one) => one.agency_id,
        (one) => line(one.name, agencyWords(strings, one), compare(context, one)),
      )}
    </ul>`;
}

function agencyWords(strings: Strings, agency: SettingsOfAgency): string {
  const { group, problem } = agency;
  const known = group ? "not_compared_group" : "not_compared";
  return [
    ...(problem === null ? [] : [feedProblem(strings, problem)]),
    ...(isUnverified(agency) ? [strings.text(`page.settings.${known}`)] : []),
  ].join(" ");
}

/** Detect motion here, if that is all there is to do; else open the doorbell's options. */
function change(
  context: Context,
  { doorbell_id, name }: SettingsOfDoorbell,
): TemplateResult {
  const { strings, known, connected, detect } = context;
  const doorbell = known.find((one) => one.doorbell_id === doorbell_id);
  const text = strings.text("page.settings.look_for_motion");
  const label = strings.text("page.settings.look_label", { name });
  if (!doorbell || doorbell.sleeps || doorbell.detection === "on")
    return edit(context, doorbell_id, { kind: "options", text, label });
  return html`<button
    aria-label=${label}
    ?disabled=${!connected}
    @click=${() => detect(doorbell)}
  >
    ${text}
  </button>`;
}

function compare(
  context: Context,
  agency: SettingsOfAgency,
): TemplateResult | typeof nothing {
  if (!isUnverified(agency)) return nothing;
  const { agency_id, name } = agency;
  const { strings } = context;
  const text = strings.text("page.settings.compare");
  const label = strings.text("page.settings.compare_label", { name });
  return edit(context, agency_id, { kind: "config", text, label });
}

function edit({ saved }: Context, entryId: string, page: EntryPage): TemplateResult {
  return html`<doorwatch-settings-edit
    .entryId=${entryId}
    .pages=${[page]}
    @settings-saved=${saved}
  ></doorwatch-settings-edit>`;
}
