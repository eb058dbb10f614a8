import { expect, test } from "vitest";
import type { DoorbellProblem, Live, Recording } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import {
  canRecord,
  isAway,
  offlineSince,
  problemsOnCard,
  problemsOnTile,
  type Offline,
} from "./tile-state.ts";

const STRINGS = new Strings("en");
const LOCALE = { language: "en", timeFormat: "24" };
const OFFLINE: Offline = {
  kind: "offline",
  since: null,
  reason: "login",
  may_reconnect: false,
};
const FULL: DoorbellProblem = {
  kind: "not_recording",
  reason: "disk_full",
  folder: null,
  free: null,
};
const NO_MOTION: DoorbellProblem = { kind: "no_motion", rings: true };
const LIVE: Live = {
  doorbell_id: "doorbell-1",
  camera_entity_id: "camera.doorbell_1",
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: null,
  talk_problem: null,
  talker: null,
  rang_at: null,
};

test("since when is a time today, and has the day otherwise", () => {
  const now = new Date();
  expect(
    offlineSince(
      { ...OFFLINE, since: now.toISOString() },
      STRINGS,
      LOCALE,
      "Europe/Berlin",
    ),
  ).toMatch(/^Offline since \d?\d:\d\d$/);
  const since = "2025-11-24T12:00:00Z";
  expect(offlineSince({ ...OFFLINE, since }, STRINGS, LOCALE, "Europe/Berlin")).toBe(
    "Offline since Monday, November 24, 2025, 13:00",
  );
  expect(offlineSince(OFFLINE, STRINGS, LOCALE, "Europe/Berlin")).toBe("Offline");
});

test("a doorbell that sleeps is not away, one without a connection is", () => {
  const doorbell = { camera_entity_id: "camera.doorbell_1" };
  const away = (state: string, live: Partial<Live>): boolean =>
    isAway({ states: { "camera.doorbell_1": { state } } }, doorbell, {
      ...LIVE,
      ...live,
    });
  expect(away("idle", { live_problem: "asleep" })).toBe(false);
  expect(away("idle", { live_problem: "fetched", problems: [FULL] })).toBe(false);
  expect(away("idle", { live_problem: "fetched", problems: [OFFLINE] })).toBe(true);
  expect(away("idle", { live_problem: "unavailable" })).toBe(true);
  expect(away("unavailable", {})).toBe(true);
});

test("a dashboard repeats only what its reader can change", () => {
  const all: DoorbellProblem[] = [
    OFFLINE,
    FULL,
    { kind: "no_motion", rings: true },
    { kind: "no_control" },
  ];
  expect(problemsOnCard(all, true)).toStrictEqual(all.slice(0, 3));
  expect(problemsOnCard(all, false)).toStrictEqual(all.slice(0, 2));
});

test("a tile of the panel has all problems, the first run those that it doesn't show", () => {
  const live: Live = { ...LIVE, problems: [FULL, NO_MOTION] };
  const kinds = (isCard: boolean, isFirstRun: boolean): string[] =>
    problemsOnTile(live, { isCard, isFirstRun, isAdmin: false }).map(
      ({ kind }) => kind,
    );
  expect(kinds(false, false)).toStrictEqual(["not_recording", "no_motion"]);
  expect(kinds(false, true)).toStrictEqual(["not_recording"]);
  expect(kinds(true, false)).toStrictEqual(["not_recording"]);
});

test("who may control a doorbell that is there can record, or stop that", () => {
  const doorbell = {
    camera_entity_id: "camera.doorbell_1",
    may_control: true,
    records: true,
  };
  const recording = {
    doorbell_id: "doorbell-1",
    since: "2026-11-24T12:00:00Z",
    by_hand_until: "2026-11-24T12:01:00Z",
  } as Recording;
  const hass = { states: {}, connected: true };
  const full: Live = { ...LIVE, problems: [FULL] };
  const away: Live = { ...LIVE, live_problem: "unavailable" };
  expect(canRecord(hass, doorbell, LIVE, undefined)).toBe(true);
  expect(canRecord({ ...hass, connected: false }, doorbell, LIVE, undefined)).toBe(
    false,
  );
  expect(canRecord(hass, doorbell, full, undefined)).toBe(false);
  expect(canRecord(hass, doorbell, full, recording)).toBe(true);
  expect(canRecord(hass, doorbell, away, undefined)).toBeUndefined();
  expect(canRecord(hass, doorbell, away, recording)).toBe(true);
  expect(
    canRecord(hass, { ...doorbell, may_control: false }, LIVE, recording),
  ).toBeUndefined();
});
