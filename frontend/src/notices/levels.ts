/** Notification levels: those that a person chose, and inherited ones. */

import type { Defaults, Notices, Wishes } from "../api/commands.ts";

export const LEVELS = ["off", "silent", "on", "urgent"] as const;
export type Level = (typeof LEVELS)[number];

export const DOOR_KINDS = [
  "ring",
  "person",
  "package",
  "vehicle",
  "animal",
  "motion",
] as const;
export type DoorKind = (typeof DOOR_KINDS)[number];

export const HOUSE_KINDS = ["trouble", "request", "proposal", "delivered"] as const;
export type HouseKind = (typeof HOUSE_KINDS)[number];

/** Applies to every doorbell without its own levels. */
export const ALL = "all";

export type Chosen = Readonly<Record<string, string>>;

/** Where an inherited level comes from. */
export type Source = "all" | "household" | "usual";

/** Rings, motion, and labels that cameras of this home report or that were chosen before. */
export function kindsOf(
  labels: readonly string[],
  ...chosen: readonly (Chosen | undefined)[]
): DoorKind[] {
  const known = new Set(["ring", "motion", ...labels]);
  for (const one of chosen) for (const kind of Object.keys(one ?? {})) known.add(kind);
  return DOOR_KINDS.filter((kind) => known.has(kind));
}

const levelOf = (value: string | undefined): Level | undefined =>
  LEVELS.find((level) => level === value);

/** The level that applies to a doorbell, or to `ALL`, if none is chosen there. */
export function inherited(
  { wishes, defaults, usual }: Pick<Notices, "wishes" | "defaults" | "usual">,
  doorbellId: string,
  kind: DoorKind,
): { level: Level; from: Source } {
  const everywhere = levelOf(wishes.levels?.[ALL]?.[kind]);
  if (doorbellId !== ALL && everywhere) return { level: everywhere, from: "all" };
  const shared = levelOf(defaults.levels?.[kind]);
  if (shared) return { level: shared, from: "household" };
  return { level: levelOf(usual[kind]) ?? "off", from: "usual" };
}

function withKey<T>(
  all: Readonly<Record<string, T>> | undefined,
  key: string,
  value: T | undefined,
): Record<string, T> {
  const others = Object.entries(all ?? {}).filter(([one]) => one !== key);
  return Object.fromEntries(value === undefined ? others : [...others, [key, value]]);
}

/** Return the levels with one kind changed; undefined removes it. */
export function withLevel(
  chosen: Chosen | undefined,
  kind: DoorKind,
  level: Level | undefined,
): Record<string, string> {
  return withKey(chosen, kind, level);
}

/** Return the settings with changed levels of a doorbell or `ALL`; undefined removes them. */
export function withLevels(
  wishes: Wishes,
  doorbellId: string,
  chosen: Record<string, string> | undefined,
): Wishes {
  return { ...wishes, levels: withKey(wishes.levels, doorbellId, chosen) };
}

/** Whether a person is notified about a household event. */
export const ofHouse = (
  kind: HouseKind,
  chosen: Wishes["house"],
  shared?: Defaults["house"],
): boolean => chosen?.[kind] ?? shared?.[kind] ?? true;

/**
 * Whether this person has no settings and gets no notifications, although the household allows
 * them.
 */
export const isMissing = ({ wishes, defaults, phones }: Notices): boolean =>
  Object.keys(wishes).length === 0 &&
  !defaults.never &&
  !(defaults.on && phones.some(({ problem }) => problem === null));
