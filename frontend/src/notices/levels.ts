/** How loud a notification is: what a person chose, and what counts where they did not. */

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

/** Stands for every doorbell that has no levels of its own. */
export const ALL = "all";

export type Chosen = Readonly<Record<string, string>>;

/** Where a level comes from that was not chosen here. */
export type Source = "all" | "household" | "usual";

/** Rings, motion, and what a camera of this home says that it sees, or somebody chose before. */
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

/** What counts at a doorbell, or at `ALL`, where nothing is chosen there. */
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

/** With a level at a kind; without one where it is undefined. */
export function withLevel(
  chosen: Chosen | undefined,
  kind: DoorKind,
  level: Level | undefined,
): Record<string, string> {
  return withKey(chosen, kind, level);
}

/** With the levels of a doorbell, or of `ALL`; without any of its own where they are undefined. */
export function withLevels(
  wishes: Wishes,
  doorbellId: string,
  chosen: Record<string, string> | undefined,
): Wishes {
  return { ...wishes, levels: withKey(wishes.levels, doorbellId, chosen) };
}

/** Whether somebody is told of a thing of the house. */
export const ofHouse = (
  kind: HouseKind,
  chosen: Wishes["house"],
  shared?: Defaults["house"],
): boolean => chosen?.[kind] ?? shared?.[kind] ?? true;

/** Whether this person said nothing yet and nothing reaches them, though the household lets it. */
export const isMissing = ({ wishes, defaults, phones }: Notices): boolean =>
  Object.keys(wishes).length === 0 &&
  !defaults.never &&
  !(defaults.on && phones.some(({ problem }) => problem === null));
