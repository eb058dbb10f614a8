/** Parts of Today other than clips. */

import { html, nothing, type TemplateResult } from "lit";
import type {
  Doorbell,
  Live as DoorbellLive,
  Facets,
  Failure,
  Proposal,
  Recording,
  RequestsState,
  Share,
} from "../api/commands.ts";
import type { HomeFeed } from "../api/home-feed.ts";
import type { Live } from "../api/live.ts";
import { navigate } from "../ha/navigate.ts";
import type { Strings } from "../i18n/strings.ts";
import { fitting } from "../requests/fitting.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import type { ChipFeed } from "./chip-feed.ts";
import { CHIPS, isChosen, type Chip } from "./chips.ts";
import "./first-run.ts";
import type { FirstVisit } from "./first-run-visit.ts";
import "./notices-hint.ts";
import { addressOf, follow, isNarrowed, TODAY, type TodayPlace } from "./route.ts";
import "./ended-shares.ts";
import "./whats-new.ts";

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

interface News {
  shares: readonly Share[];
  proposals: readonly Proposal[];
  requests: RequestsState;
  feed: HomeFeed;
  chips: Pick<ChipFeed, "future">;
  place: TodayPlace;
  goOn: () => Promise<void>;
}

/** One line per topic, with a link to details. */
export function renderNews(
  strings: Strings,
  { shares, proposals, requests, feed, chips, place, goOn }: News,
): TemplateResult {
  const underWay = shares.filter((one) =>
    ["waiting", "packaging", "uploading", "ready"].includes(one.state),
  ).length;
  const line = (
    key: "shares" | "proposals" | "requests",
    count: number,
  ): TemplateResult | typeof nothing =>
    count === 0
      ? nothing
      : html`<a
          class="banner news"
          href=${addressOf({ page: key === "requests" ? key : "shared" })}
          @click=${follow}
          >${icon(key === "requests" ? "request" : "share")}<span class="grow"
            >${strings.text(`today.${key}`, { count })}</span
          ></a
        >`;
  return html`<doorwatch-ended-shares
      .feed=${feed}
      .ended=${feed.endedShares}
    ></doorwatch-ended-shares>
    ${line("requests", fitting(requests))} ${line("shares", underWay)}
    ${line("proposals", proposals.length)} ${future(strings, chips.future, place)}
    <doorwatch-whats-new
      .feed=${feed}
      .told=${feed.news}
      @news-read=${goOn}
    ></doorwatch-whats-new>
    <doorwatch-notices-hint></doorwatch-notices-hint>`;
}

/** Clips recorded while the clock was ahead, which are listed only on their day. */
function future(
  strings: Strings,
  { future: count, future_day }: Pick<Facets, "future" | "future_day">,
  { doorbell }: TodayPlace,
): TemplateResult | typeof nothing {
  if (future_day === null) return nothing;
  const place = { ...TODAY, day: future_day, ...(doorbell ? { doorbell } : {}) };
  return html`<a class="banner news" href=${addressOf(place)} @click=${follow}
    >${icon("alert")}<span class="grow"
      >${strings.text("today.future", { count })}</span
    ></a
  >`;
}

interface Narrowing {
  strings: Strings;
  place: TodayPlace;
  /** The chips that match clips. */
  chips: readonly Chip[];
  /** The search text. */
  words: string;
  typed: (event: Event) => void;
  choose: (chip: Chip) => void;
}

export function renderNarrowing(narrowing: Narrowing): TemplateResult {
  const { strings, place, words, typed, choose } = narrowing;
  const chips = CHIPS.filter(
    (chip) => narrowing.chips.includes(chip) || isChosen(place, chip),
  );
  return html`<div class="narrowing">
    <input
      type="search"
      maxlength="200"
      aria-label=${strings.text("today.search")}
      placeholder=${strings.text("today.search")}
      .value=${words}
      @input=${typed}
    />
    ${
      chips.length > 1
        ? html`<div
            class="chips"
            role="group"
            aria-label=${strings.text("today.chips")}
          >
            ${chips.map(
              (chip) =>
                html`<button
                  class="chip"
                  aria-pressed=${isChosen(place, chip)}
                  @click=${() => choose(chip)}
                >
                  ${isChosen(place, chip) ? icon("check") : nothing}
                  ${strings.text(`today.chip.${chip}`)}
                </button>`,
            )}
          </div>`
        : nothing
    }
  </div>`;
}

export function renderFailure(
  strings: Strings,
  failing: Pick<Live, "failure" | "retry">,
): TemplateResult {
  return html`<div class="state" role="alert">
    ${icon("alert")}
    <strong>${strings.text("card.error_title")}</strong>
    <p>${failing.failure ? problemText(strings, failing.failure) : nothing}</p>
    <button @click=${() => failing.retry()}>${strings.text("card.retry")}</button>
  </div>`;
}

interface Doors {
  place: TodayPlace;
  doorbells: readonly Doorbell[];
  lives: readonly DoorbellLive[];
  recordings: readonly Recording[];
}

/** Shown without clips, where none match or there are none at all, and for the first one. */
export function renderNothing(
  strings: Strings,
  { place, doorbells, lives, recordings }: Doors,
  first: FirstVisit,
  goOn: () => Promise<void>,
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
