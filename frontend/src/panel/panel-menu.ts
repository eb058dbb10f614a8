/** The menu of the panel's pages. */

import { html, nothing, type TemplateResult } from "lit";
import type { HomeFeed } from "../api/home-feed.ts";
import type { Strings } from "../i18n/strings.ts";
import { fitting, isAsked } from "../requests/fitting.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { addressOf, follow, type Place } from "./route.ts";

type Page = "requests" | "shared" | "deleted" | "wall" | "notifications" | "settings";
type Home = Pick<HomeFeed, "requests" | "doorbells">;

const ICONS: Readonly<Record<Page, IconName>> = {
  requests: "request",
  shared: "shares",
  deleted: "bin",
  wall: "full",
  notifications: "notices",
  settings: "settings",
};

/** The pages that this person can open, in the order of the menu. */
export function pagesOf({ requests, doorbells }: Home, isAdmin: boolean): Page[] {
  const hidden: Partial<Record<Page, boolean>> = {
    settings: !isAdmin,
    requests: !isAsked(requests),
    wall: doorbells.length === 0,
  };
  return (Object.keys(ICONS) as Page[]).filter((page) => !hidden[page]);
}

interface Context {
  strings: Strings;
  feed: Home;
  isAdmin: boolean;
  /** The page that is shown. */
  current: Place["page"];
}

export function renderMenu(context: Context): TemplateResult {
  const { strings, feed, current } = context;
  return html`<button
      class="plain"
      popovertarget="menu"
      aria-label=${strings.text("panel.more")}
    >
      ${icon("more")}
    </button>
    <nav
      id="menu"
      class="menu"
      popover
      aria-label=${strings.text("panel.more")}
      @click=${(event: Event) => (event.currentTarget as HTMLElement).hidePopover()}
    >
      ${pagesOf(feed, context.isAdmin).map(
        (page) =>
          html`<a
            href=${addressOf({ page })}
            aria-current=${current === page ? "page" : nothing}
            @click=${follow}
            >${icon(ICONS[page])}${strings.text(`panel.${page}`)}
            ${page === "requests" ? renderFitting(strings, feed) : nothing}</a
          >`,
      )}
    </nav>`;
}

/** The number of requests that could be answered from here. */
function renderFitting(
  strings: Strings,
  { requests }: Home,
): TemplateResult | typeof nothing {
  const count = fitting(requests);
  if (count === 0) return nothing;
  return html`<span class="count"
    >${strings.text("panel.requests_fit", { count })}</span
  >`;
}
