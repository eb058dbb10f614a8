import { expect, test } from "vitest";
import type { DoorbellProblem, Live } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { isAway, offlineSince, problemsOnCard, type Offline } from "./tile-state.ts";

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
