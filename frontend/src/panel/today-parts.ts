/** Parts of Today without decisions. */

import { html, nothing, type TemplateResult } from "lit";
import type { Doorbell, Failure, Live, Recording } from "../api/commands.ts";
import type { Live as Reading } from "../api/live.ts";
import { navigate } from "../ha/navigate.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { isNarrowed } from "./chips.ts";
import "./first-run.ts";
import type { FirstVisit } from "./first-run-visit.ts";
import { addressOf, follow, TODAY, type TodayPlace } from "./route.ts";
import { gridOf, type Layout } from "./today-layout.ts";

/** Current problems, at the top of the page. */
export function renderBanners(
  strings: Strings,
  connected: boolean,
  failure: Failure | undefined,
): TemplateResult {
  const banner = (name: IconName, words: string): TemplateResult =>
    html`<p class="banner problem">${icon(name)}<span class="grow">${words}</span></p>`;
  return html`<div role="status" class="banners">
    ${connected ? nothing : banner("offline", strings.text("card.disconnected"))}
    ${failure && connected ? banner("alert", problemText(strings, failure)) : nothing}
  </div>`;
}

export function renderTabs(
  strings: Strings,
  doorbells: readonly Doorbell[],
  place: TodayPlace,
): TemplateResult | typeof nothing {
  if (doorbells.length < 2) return nothing;
  const { doorbell: chosen, ...rest } = place;
  const tab = (name: string, id?: string): TemplateResult =>
    html`<a
      class="tab"
      href=${addressOf(id ? { ...rest, doorbell: id } : rest)}
      aria-current=${chosen === id ? "page" : nothing}
      @click=${follow}
      >${name}</a
    >`;
  return html`<nav class="tabs" aria-label=${strings.text("today.doorbells")}>
    ${tab(strings.text("today.all"))}
    ${doorbells.map((one) => tab(one.name, one.doorbell_id))}
  </nav>`;
}

/** The state of the doors. */
export interface Doors {
  place: TodayPlace;
  doorbells: readonly Doorbell[];
  recordings: readonly Recording[];
  lives: readonly Live[];
  layout: Layout;
  /** Whether the page says how to get the first clip. */
  isFirstRun: boolean;
}

/** A tile for each doorbell. */
export function renderStills(
  shown: readonly Doorbell[],
  { recordings, lives, layout, isFirstRun }: Doors,
): TemplateResult | typeof nothing {
  if (shown.length === 0) return nothing;
  const { columns, rows, scrolls } = gridOf(shown.length, layout);
  const several = shown.length > 1 ? "several" : "";
  return html`<div
    class="stills ${several} ${scrolls ? "scrolls" : ""}"
    style="--columns: ${columns}; --rows: ${rows}"
  >
    ${shown.map(
      (one) =>
        html`<doorwatch-still
          .doorbell=${one}
          ?first-run=${isFirstRun}
          .recording=${recordings.find(
            ({ doorbell_id }) => doorbell_id === one.doorbell_id,
          )}
          .live=${lives.find(({ doorbell_id }) => doorbell_id === one.doorbell_id)}
        ></doorwatch-still>`,
    )}
  </div>`;
}

export function renderFailure(
  strings: Strings,
  failing: Pick<Reading, "failure" | "retry">,
): TemplateResult {
  return html`<div class="state" role="alert">
    ${icon("alert")}
    <strong>${strings.text("card.error_title")}</strong>
    <p>${failing.failure ? problemText(strings, failing.failure) : nothing}</p>
    <button @click=${() => failing.retry()}>${strings.text("card.retry")}</button>
  </div>`;
}

/** Shown without clips, where none match or there are none at all, and for the first one. */
export function renderNothing(
  strings: Strings,
  { place, doorbells, lives, recordings }: Doors,
  first: FirstVisit,
  goOn: () => Promise<unknown>,
): TemplateResult {
  const { doorbell } = place;
  const shown = doorbells.filter((one) => !doorbell || one.doorbell_id === doorbell);
  if (!isNarrowed(place))
    return html`<doorwatch-first-run
      .doorbells=${shown}
      .lives=${lives}
      .recordings=${recordings}
      .fresh=${first.on}
      .clip=${first.clip}
      @first-run-ended=${() => {
        first.end();
        void goOn();
      }}
    ></doorwatch-first-run>`;
  const all = addressOf({ ...TODAY, ...(doorbell ? { doorbell } : {}) });
  return html`<div class="state" role="status">
    ${icon("door")}
    <strong>${strings.text("today.no_match_title")}</strong>
    <p>${strings.text("today.no_match")}</p>
    <button @click=${() => navigate(all, { replace: true })}>
      ${strings.text("card.show_all")}
    </button>
  </div>`;
}
