/** The camera for live view of a doorbell, and notes about it. */

import type { Doorbell, Live } from "../api/commands.ts";
import type { Showing } from "../ha/camera-stream.ts";
import type { EntityState, HomeAssistant } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";

/** Milliseconds that a stream may take to start, or stall. */
const PATIENCE = 20_000;
const TO_WAKE = 60_000;

export interface LiveCamera {
  entity: string;
  state: EntityState;
  patience: number;
}

/** Undefined if there is no live view; `noLive` has the reason. */
export function liveCamera(
  hass: HomeAssistant,
  doorbell: Doorbell,
  live: Live | undefined,
): LiveCamera | undefined {
  const entity = live ? live.camera_entity_id : doorbell.camera_entity_id;
  if (!entity || live?.live_problem === "unavailable") return undefined;
  const state = hass.states[entity];
  if (!state || state.state === "unavailable") return undefined;
  const patience = live?.live_problem === "asleep" ? TO_WAKE : PATIENCE;
  return { entity, state, patience };
}

/** Why there is no live view. */
export function noLive(strings: Strings, live: Live | undefined): string {
  return strings.text(
    live?.live_problem === "fetched" ? "live.with_maker" : "live.none",
  );
}

/** A note about live view of this doorbell, if there is one. */
export function noteOf(
  strings: Strings,
  live: Live | undefined,
  showing: Showing | undefined,
): string | undefined {
  if (live?.live_problem === "asleep" && showing !== "playing")
    return strings.text(showing ? "live.waking" : "live.asleep");
  if (!showing) return undefined;
  if (live?.live_problem === "fetched") return strings.text("live.linked");
  if (live?.one_connection) return strings.text("live.one_connection");
  return undefined;
}
