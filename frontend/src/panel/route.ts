/** The addresses of the panel, and going from one to another as Home Assistant does. */

import type { EventFilter, Label } from "../api/commands.ts";
import { navigate } from "../ha/navigate.ts";

export const BASE = "/doorwatch";

export const KINDS: readonly EventFilter[] = ["ring", "motion", "manual"];
/** What cameras say that they saw. */
export const LABELS: readonly Label[] = ["person", "vehicle", "animal", "package"];
/** What a list of clips can be narrowed down to beside that. */
export const MARKS = ["new", "protected", "shared"] as const;
export type Mark = (typeof MARKS)[number];

export interface TodayPlace {
  page: "today";
  /** As "2026-11-24"; the newest clips when absent. */
  day?: string;
  doorbell?: string;
  kinds: readonly EventFilter[];
  labels: readonly Label[];
  marks: readonly Mark[];
  /** What was searched for. */
  words: string;
  /** The doorbell is to be shown live, as a notice asks for. */
  live?: true;
}

export interface ClipPlace {
  page: "clip";
  clipId: string;
  /** Only the clips of this doorbell stand beside it. */
  doorbell?: string;
}

/** All requests and bulletins, or one request. */
export interface RequestsPlace {
  page: "requests";
  asked?: { agencyId: string; requestId: string };
}

export type Place =
  | TodayPlace
  | ClipPlace
  | RequestsPlace
  | { page: "shared" | "proof" | "deleted" | "notifications" | "settings" | "unknown" };

export const TODAY: TodayPlace = {
  page: "today",
  kinds: [],
  labels: [],
  marks: [],
  words: "",
};

const PATHS = {
  requests: "/requests",
  shared: "/shared",
  proof: "/shared/proof",
  deleted: "/deleted",
  notifications: "/notifications",
  settings: "/settings",
} as const;

const listed = <T extends string>(all: readonly T[], value: string | null): T[] =>
  all.filter((one) => value?.split(",").includes(one));

/** Whether it is a day of the calendar: an address may say anything. */
const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

/** What an address shows: `path` is what follows the panel's own. */
export function placeOf(path: string, search: string): Place {
  const asked = new URLSearchParams(search);
  const doorbell = asked.get("doorbell");
  const ofDoorbell = doorbell ? { doorbell } : {};
  const clean = path.replace(/\/+$/, "");
  if (clean === "") {
    const day = asked.get("day") ?? "";
    return {
      page: "today",
      ...(isDay(day) ? { day } : {}),
      ...ofDoorbell,
      kinds: listed(KINDS, asked.get("kind")),
      labels: listed(LABELS, asked.get("label")),
      marks: listed(MARKS, asked.get("only")),
      words: asked.get("q") ?? "",
      ...(asked.get("live") === "1" ? { live: true } : {}),
    };
  }
  const clip = /^\/clip\/([^/]+)$/.exec(clean)?.[1];
  if (clip) return { page: "clip", clipId: decoded(clip), ...ofDoorbell };
  const [, agencyId, requestId] = /^\/requests\/([^/]+)\/([^/]+)$/.exec(clean) ?? [];
  if (agencyId && requestId)
    return {
      page: "requests",
      asked: { agencyId: decoded(agencyId), requestId: decoded(requestId) },
    };
  for (const page of Object.keys(PATHS) as (keyof typeof PATHS)[])
    if (PATHS[page] === clean) return { page };
  return { page: "unknown" };
}

/** A made-up address may hold what cannot be decoded. */
function decoded(text: string): string {
  try {
    return text.startsWith(CODED)
      ? atob(text.slice(1).replaceAll("-", "+").replaceAll("_", "/"))
      : decodeURIComponent(text);
  } catch {
    return text;
  }
}

const CODED = "~";

/**
 * An id of an agency's own making as a part of an address. Home Assistant refuses to load
 * addresses with `<`, `../` or SQL in them, also when these are escaped.
 */
function coded(id: string): string {
  if (/^\w[\w-]*(\.[\w-]+)*$/.test(id) && !/select/i.test(id)) return id;
  const letters = btoa(id).replaceAll("+", "-").replaceAll("/", "_");
  return CODED + letters.replaceAll("=", "");
}

/** The address of what is shown. */
export function addressOf(place: Place): string {
  const asked = new URLSearchParams();
  if ("doorbell" in place && place.doorbell) asked.set("doorbell", place.doorbell);
  let path = "";
  if (place.page === "today") {
    if (place.day) asked.set("day", place.day);
    if (place.kinds.length > 0) asked.set("kind", place.kinds.join(","));
    if (place.labels.length > 0) asked.set("label", place.labels.join(","));
    if (place.marks.length > 0) asked.set("only", place.marks.join(","));
    if (place.words) asked.set("q", place.words);
    if (place.live) asked.set("live", "1");
  } else if (place.page === "clip") path = `/clip/${encodeURIComponent(place.clipId)}`;
  else if (place.page !== "unknown") path = PATHS[place.page];
  if (place.page === "requests" && place.asked) {
    const { agencyId, requestId } = place.asked;
    path += `/${encodeURIComponent(agencyId)}/${coded(requestId)}`;
  }
  const search = asked.toString();
  return BASE + path + (search ? `?${search}` : "");
}

/** For links: follow them within the page, unless another tab or a download is wanted. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.currentTarget as HTMLAnchorElement;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
