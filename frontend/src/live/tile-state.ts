/** What a doorbell's tile shows and allows. */

import type { Doorbell, DoorbellProblem, Live, Recording } from "../api/commands.ts";
import type { Showing } from "../ha/camera-stream.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { dayInWords, dayKey, shortTimes, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { liveCamera, noLive, noteOf, type LiveCamera } from "./live-camera.ts";

export type Offline = Extract<DoorbellProblem, { kind: "offline" }>;

interface Shown {
  hass: HomeAssistant;
  strings: Strings;
  locale: Locale;
  doorbell: Doorbell;
  live: Live | undefined;
  /** Whether the user wants live view. */
  wanted: boolean;
  showing: Showing | undefined;
  /** Whether there is an image, and whether the last request for one failed. */
  image: boolean;
  missing: boolean;
}

export interface TileState {
  camera: LiveCamera | undefined;
  /** No newer image can come, so an earlier one is shown in gray. */
  away: boolean;
  /** Words on the image, or in place of it. */
  words: string;
  /** A note below the image. */
  note: string | undefined;
}

const offlineOf = (live: Live | undefined): Offline | undefined =>
  live?.problems.find((one) => one.kind === "offline");

export const isRecordable = (live: Live | undefined): boolean =>
  !live?.problems.some(({ kind }) => kind === "not_recording");

/** Whether the doorbell has no connection. A doorbell that sleeps is not away. */
export function isAway(
  { states }: Pick<HomeAssistant, "states">,
  { camera_entity_id }: Pick<Doorbell, "camera_entity_id">,
  live: Live | undefined,
): boolean {
  return (
    states[camera_entity_id ?? ""]?.state === "unavailable" ||
    live?.live_problem === "unavailable" ||
    offlineOf(live) !== undefined
  );
}

export function tileState(shown: Shown): TileState {
  const { hass, strings, doorbell, live, wanted, showing } = shown;
  const camera = liveCamera(hass, doorbell, live);
  const away = isAway(hass, doorbell, live);
  const hasLive = camera || away || !doorbell.camera_entity_id || !live;
  return {
    camera,
    away,
    words: wordsOn(shown, away),
    note: hasLive
      ? noteOf(strings, live, wanted ? (showing ?? "starting") : undefined)
      : noLive(strings, live),
  };
}

function wordsOn(shown: Shown, away: boolean): string {
  const { hass, strings, locale, doorbell, live, image, missing } = shown;
  const offline = offlineOf(live);
  if (offline) return offlineSince(offline, strings, locale, hass.config.time_zone);
  if (away && !live) return strings.text("live.offline");
  if (away && live?.problems.every(({ kind }) => kind === "no_control"))
    return strings.text("live.connecting");
  if (image || (!missing && doorbell.camera_entity_id)) return "";
  return strings.text("live.none");
}

/** "Offline since 14:03", with the day if that was not today. */
export function offlineSince(
  { since }: Offline,
  strings: Strings,
  locale: Locale,
  zone: string,
): string {
  if (since === null) return strings.text("live.offline");
  const today = dayKey(since, zone) === dayKey(Date.now(), zone);
  return strings.text(today ? "live.offline_today" : "live.offline_since", {
    day: dayInWords(since, zone, locale),
    time: shortTimes(zone, locale).minute(Date.parse(since)),
  });
}

/** A dashboard repeats only problems that its reader can change, or that are serious. */
export function problemsOnCard(
  problems: readonly DoorbellProblem[],
  admin: boolean,
): DoorbellProblem[] {
  const always = ["offline", "not_recording"];
  return problems.filter(
    ({ kind }) => always.includes(kind) || (admin && kind !== "no_control"),
  );
}

/** The problems that a tile repeats. `isFirstRun`: the page says itself that nothing detects motion. */
export function problemsOnTile(
  live: Live | undefined,
  {
    isCard,
    isFirstRun,
    isAdmin,
  }: { isCard: boolean; isFirstRun: boolean; isAdmin: boolean },
): readonly DoorbellProblem[] {
  const all = live?.problems ?? [];
  if (isCard) return problemsOnCard(all, isAdmin);
  return isFirstRun ? all.filter(({ kind }) => kind !== "no_motion") : all;
}

/** Whether the button to record works; undefined without a button. */
export function canRecord(
  hass: Pick<HomeAssistant, "states" | "connected">,
  doorbell: Pick<Doorbell, "camera_entity_id" | "may_control" | "records">,
  live: Live | undefined,
  recording: Recording | undefined,
): boolean | undefined {
  if (!doorbell.may_control || !doorbell.records) return undefined;
  const stops = Boolean(recording?.by_hand_until);
  if (!stops && isAway(hass, doorbell, live)) return undefined;
  return hass.connected && (stops || isRecordable(live));
}
