/** The URLs of the panel, and navigation between them. */

import type { EventFilter, Label } from "../api/commands.ts";
import { navigate } from "../ha/navigate.ts";

export const BASE = "/doorwatch";

export const KINDS: readonly EventFilter[] = ["ring", "motion", "manual"];
/** Labels of cameras. */
export const LABELS: readonly Label[] = ["person", "vehicle", "animal", "package"];
/** Other filters of the clip list. */
export const MARKS = ["new", "protected", "shared"] as const;
export type Mark = (typeof MARKS)[number];

export interface TodayPlace {
  page: "today";
  /** As "2026-11-24"; the newest clips if missing. */
  day?: string;
  doorbell?: string;
  kinds: readonly EventFilter[];
  labels: readonly Label[];
  marks: readonly Mark[];
  /** The search text. */
  words: string;
  /** Show the doorbell live, as a notification's link asks for. */
  live?: true;
}

export interface ClipPlace {
  page: "clip";
  clipId: string;
  /** Neighbors are limited to this doorbell. */
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
  | { page: Exclude<keyof typeof PATHS, "requests"> | "unknown" };

export const TODAY: TodayPlace = {
  page: "today",
  kinds: [],
  labels: [],
  marks: [],
  words: "",
};

/** Whether filters may exclude some clips. */
export const isNarrowed = ({ kinds, labels, marks, words, day }: TodayPlace): boolean =>
  kinds.length + labels.length + marks.length > 0 || words !== "" || day !== undefined;

const PATHS = {
  requests: "/requests",
  shared: "/shared",
  proof: "/shared/proof",
  deleted: "/deleted",
  notifications: "/notifications",
  settings: "/settings",
  wall: "/wall",
} as const;

const listed = <T extends string>(all: readonly T[], value: string | null): T[] =>
  all.filter((one) => value?.split(",").includes(one));

/** Whether it is a valid day, because URLs may contain anything. */
const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

/** The place of a URL: `path` is the part after the panel's own. */
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

/** Decode a part of a URL, which may be invalid. */
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
 * Encode an agency's ID as a part of a URL. Home Assistant refuses to load URLs with `<`, `../`
 * or SQL in them, even if these are escaped.
 */
function coded(id: string): string {
  if (/^\w[\w-]*(\.[\w-]+)*$/.test(id) && !/select/i.test(id)) return id;
  const letters = btoa(id).replaceAll("+", "-").replaceAll("/", "_");
  return CODED + letters.replaceAll("=", "");
}

/** The URL of a place. */
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

/** The place that a page belongs to. */
export function placeAbove(place: Place): Place {
  if (place.page === "proof") return { page: "shared" };
  if (place.page === "requests" && place.asked) return { page: "requests" };
  return TODAY;
}

/** For links: navigate within the page, unless the user opens a new tab or downloads. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.currentTarget as HTMLAnchorElement;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
