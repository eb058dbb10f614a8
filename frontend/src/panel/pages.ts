/** The panel's pages, except Today. */

import { html, type TemplateResult } from "lit";
import type { HomeFeed } from "../api/home-feed.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import "./clip-page.ts";
import "./shared-page.ts";
import { Lazy } from "../ui/lazy.ts";
import { BASE, follow, type Place, type TodayPlace } from "./route.ts";

export type PagePlace = Exclude<Place, TodayPlace>;

/** Pages that are rarely opened are loaded then. */
const RARE = {
  requests: () => import("../requests/requests-page.ts"),
  proof: () => import("./proof-page.ts"),
  deleted: () => import("./deleted-page.ts"),
  notifications: () => import("./notifications-page.ts"),
  settings: () => import("./settings-page.ts"),
  wall: () => import("../wall/wall-page.ts"),
};
type Rare = keyof typeof RARE;

const isRare = (page: string): page is Rare => page in RARE;

export class RarePages {
  readonly #pages = new Map<Rare, Lazy>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  want(page: Rare): Lazy {
    const known = this.#pages.get(page) ?? new Lazy(RARE[page], this.#changed);
    this.#pages.set(page, known);
    return known.want();
  }
}

interface Context {
  strings: Strings;
  feed: HomeFeed;
  rare: RarePages;
  isAdmin: boolean;
}

/** Render the page of a place. */
export function renderPage(
  place: PagePlace,
  { strings, feed, rare, isAdmin }: Context,
): TemplateResult {
  const { doorbells, shares, proposals } = feed;
  if (place.page === "settings" && !isAdmin) return renderUnknown(strings);
  if (isRare(place.page)) {
    const page = rare.want(place.page);
    if (page.state !== "there") return renderWaiting(strings, page);
  }
  switch (place.page) {
    case "clip":
      return html`<doorwatch-clip-page
        .clipId=${place.clipId}
        .doorbells=${doorbells}
        .shares=${shares}
        .proposals=${proposals}
        .requests=${feed.requests}
      ></doorwatch-clip-page>`;
    case "requests":
      return html`<doorwatch-requests-page
        .asked=${place.asked}
        .requests=${feed.requests}
        .doorbells=${doorbells}
        .shares=${shares}
        .status=${feed.status}
      ></doorwatch-requests-page>`;
    case "shared":
      return html`<doorwatch-shared-page
        .requests=${feed.requests}
        .doorbells=${doorbells}
        .shares=${shares}
        .proposals=${proposals}
      ></doorwatch-shared-page>`;
    case "proof":
      return html`<doorwatch-proof-page .shares=${shares}></doorwatch-proof-page>`;
    case "deleted":
      return html`<doorwatch-deleted-page
        .doorbells=${doorbells}
      ></doorwatch-deleted-page>`;
    case "notifications":
      return html`<doorwatch-notifications-page
        .doorbells=${doorbells}
      ></doorwatch-notifications-page>`;
    case "settings":
      return html`<doorwatch-settings-page
        .doorbells=${doorbells}
      ></doorwatch-settings-page>`;
    case "wall":
      return html`<doorwatch-wall-page
        .doorbells=${doorbells}
        .lives=${feed.lives}
      ></doorwatch-wall-page>`;
    case "unknown":
      return renderUnknown(strings);
  }
}

function renderUnknown(strings: Strings): TemplateResult {
  return html`<div class="unknown" role="status">
    <h1>${strings.text("panel.nothing_here")}</h1>
    <a class="button" href=${BASE} @click=${follow}>${strings.text("panel.today")}</a>
  </div>`;
}

function renderWaiting(strings: Strings, { state }: Lazy): TemplateResult {
  if (state !== "missing")
    return html`<p class="unknown" role="status">${strings.text("page.loading")}</p>`;
  return html`<div class="unknown" role="alert">
    <h1>${icon("alert")} ${strings.text("panel.not_loaded")}</h1>
    <button @click=${() => location.reload()}>${strings.text("panel.reload")}</button>
  </div>`;
}
