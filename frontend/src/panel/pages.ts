/** The pages behind the panel's addresses, Today apart. */

import type { TemplateResult } from "lit";
import type { HomeFeed } from "../api/home-feed.ts";
import type { Place, TodayPlace } from "./route.ts";

export type PagePlace = Exclude<Place, TodayPlace>;

const PAGES: Partial<
  Record<PagePlace["page"], (place: PagePlace, feed: HomeFeed) => TemplateResult>
> = {};

export const isThere = (page: PagePlace["page"]): boolean => page in PAGES;

/** What is shown at a place; undefined where nothing is. */
export const renderPage = (
  place: PagePlace,
  feed: HomeFeed,
): TemplateResult | undefined => PAGES[place.page]?.(place, feed);
