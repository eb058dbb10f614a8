/** The pages behind the panel's addresses, Today apart. */

import { html, type TemplateResult } from "lit";
import type { HomeFeed } from "../api/home-feed.ts";
import "./clip-page.ts";
import "./deleted-page.ts";
import "./notifications-page.ts";
import "./proof-page.ts";
import type { Place, TodayPlace } from "./route.ts";
import "./settings-page.ts";
import "./shared-page.ts";

export type PagePlace = Exclude<Place, TodayPlace>;

/** What is shown at a place; undefined where nothing is. */
export function renderPage(
  place: PagePlace,
  { doorbells, shares, proposals }: HomeFeed,
): TemplateResult | undefined {
  switch (place.page) {
    case "clip":
      return html`<doorwatch-clip-page
        .clipId=${place.clipId}
        .doorbells=${doorbells}
        .shares=${shares}
        .proposals=${proposals}
      ></doorwatch-clip-page>`;
    case "shared":
      return html`<doorwatch-shared-page
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
    case "unknown":
      return undefined;
  }
}
