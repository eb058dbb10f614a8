/** Which camera shows a doorbell live, and what is true of watching it. */

import type { Doorbell, Live } from "../api/commands.ts";
import type { Showing } from "../ha/camera-stream.ts";
import type { EntityState, HomeAssistant } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";

/** Of a camera's features: it has a stream. */
const STREAM = 2;
/** So long a picture may take, or stop, in milliseconds. */
const PATIENCE = 20_000;
const TO_WAKE = 60_000;

export interface LiveCamera {
  entity: string;
  state: EntityState;
  patience: number;
}

/** Undefined where nothing can be shown: `noLive` says why. */
export function liveCamera(
  hass: HomeAssistant,
  doorbell: Doorbell,
  live: Live | undefined,
): LiveCamera | undefined {
  const own = live?.camera_entity_id ?? doorbell.camera_entity_id;
  if (!own || live?.live_problem === "unavailable") return undefined;
  const entity = live?.live_problem === "fetched" ? beside(hass, own) : own;
  const state = entity ? hass.states[entity] : undefined;
  if (!entity || !state || state.state === "unavailable") return undefined;
  const patience = live?.live_problem === "asleep" ? TO_WAKE : PATIENCE;
  return { entity, state, patience };
}

/**
 * The camera that is linked: another one of the same device, which has a stream.
 *
 * Home Assistant tells a page only of what its person may see.
 */
function beside(hass: HomeAssistant, own: string): string | undefined {
  if (streams(hass, own)) return own;
  const device = hass.entities?.[own]?.device_id;
  if (!device) return undefined;
  return Object.keys(hass.entities ?? {}).find(
    (id) =>
      id !== own &&
      id.startsWith("camera.") &&
      hass.entities?.[id]?.device_id === device &&
      hass.entities[id].platform !== "doorwatch" &&
      streams(hass, id),
  );
}

const streams = (hass: HomeAssistant, id: string): boolean => {
  const state = hass.states[id];
  const features = state?.attributes?.supported_features ?? 0;
  return state?.state !== "unavailable" && (features & STREAM) !== 0;
};

/** Why nothing is shown live. */
export function noLive(strings: Strings, live: Live | undefined): string {
  return strings.text(
    live?.live_problem === "fetched" ? "live.with_maker" : "live.none",
  );
}

/** What whoever watches, or is about to, should know of this doorbell; nothing of most. */
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
