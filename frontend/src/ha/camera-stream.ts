/**
 * Core's live player, `ha-camera-stream`: how to load it, and what it shows.
 *
 * It takes a camera's state, and `hass` by contexts. None of that is a stable API, so callers
 * have a fallback.
 */

import type { Connection } from "./hass.ts";
import { FAILED, PLAYERS, POSTER, ROUTER, STREAM } from "./core-names.ts";

const LOADED_WITHIN = 10_000;
/** Poll interval in milliseconds; short at first, so that the first frame is noticed at once. */
const LOOKED_EACH: Record<Showing, number> = {
  starting: 40,
  playing: 200,
  refused: 200,
  stalled: 200,
};

interface Resolver extends HTMLElement {
  hass?: unknown;
  _updateRoutes?: () => void;
  routerOptions?: { routes: Record<string, { load?: () => Promise<unknown> }> };
}

interface Helpers {
  createCardElement: (config: object) => unknown;
}

/** Whether the player is available; loads its code if no dashboard was opened yet. */
export async function cameraStream(): Promise<boolean> {
  if (customElements.get(STREAM)) return true;
  try {
    if (!window.loadCardHelpers) await loadDashboards();
    const helpers = await window.loadCardHelpers?.();
    if (!helpers) return false;
    // Never shown: creating a card with live view loads the player.
    helpers.createCardElement({
      type: "picture-entity",
      entity: "camera.none",
      camera_view: "live",
    });
  } catch {
    return false;
  }
  return await Promise.race([
    customElements.whenDefined(STREAM).then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), LOADED_WITHIN)),
  ]);
}

/** Load the code of dashboards by routing to one that does not exist. */
async function loadDashboards(): Promise<void> {
  if (!customElements.get(ROUTER)) return;
  const resolver = document.createElement(ROUTER) as Resolver;
  resolver.hass = { panels: [{ url_path: "tmp", component_name: "lovelace" }] };
  resolver._updateRoutes?.();
  await resolver.routerOptions?.routes["tmp"]?.load?.();
}

/** The players that a camera supports: "hls", "web_rtc"; none if that is not known. */
export async function playersOf(
  connection: Connection,
  entity: string | undefined,
): Promise<readonly string[]> {
  if (!entity) return [];
  try {
    const answer = await connection.sendMessagePromise({
      type: "camera/capabilities",
      entity_id: entity,
    });
    return (answer as { frontend_stream_types: string[] }).frontend_stream_types;
  } catch {
    return [];
  }
}

/** Refused: Home Assistant reports an error. Stalled: no frame comes. */
export type Showing = "starting" | "playing" | "refused" | "stalled";

export const isOver = (showing: Showing): showing is "refused" | "stalled" =>
  showing === "refused" || showing === "stalled";

/** Watches one `ha-camera-stream` and reports what it shows. */
export class Player {
  showing: Showing = "starting";
  #movedAt = performance.now();
  #time = -1;
  #shown: HTMLVideoElement | undefined;
  readonly #stream: HTMLElement;
  readonly #patience: number;
  readonly #changed: () => void;
  #looking: ReturnType<typeof setTimeout>;

  /** `patience`: milliseconds without a new frame that count as a failure. */
  constructor(stream: HTMLElement, patience: number, changed: () => void) {
    this.#stream = stream;
    Object.assign(stream, { [POSTER]: "" });
    this.#patience = patience;
    this.#changed = changed;
    this.#looking = this.#wait();
  }

  stop(): void {
    clearTimeout(this.#looking);
  }

  #wait(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      // The callback may stop it.
      this.#looking = this.#wait();
      this.#look();
    }, LOOKED_EACH[this.showing]);
  }

  /** The visible video; undefined with MJPEG or before the first frame. */
  get video(): HTMLVideoElement | undefined {
    const players = this.#players.filter((one) => !one.classList.contains("hidden"));
    return players.flatMap((one) => one.shadowRoot?.querySelector("video") ?? [])[0];
  }

  get #players(): Element[] {
    return [...(this.#stream.shadowRoot?.querySelectorAll(PLAYERS) ?? [])];
  }

  #look(): void {
    const { video } = this;
    // Core may switch to another player.
    if (video !== this.#shown) [this.#shown, this.#time] = [video, -1];
    const still = this.#stream.shadowRoot?.querySelector<HTMLImageElement>("img");
    const now = performance.now();
    if (still && still.naturalWidth > 0) this.#became("playing", now);
    else if (video && video.videoWidth > 0 && video.currentTime !== this.#time) {
      if (this.#time >= 0) this.#became("playing", now);
      this.#time = video.currentTime;
    } else if (this.#refused) this.#became("refused");
    else if (now - this.#movedAt > this.#patience) this.#became("stalled");
  }

  /** All players report errors; those that retry do not count. */
  get #refused(): boolean {
    const players = this.#players;
    return (
      players.length > 0 &&
      players.every((one) => one.shadowRoot?.querySelector(FAILED))
    );
  }

  #became(showing: Showing, moved?: number): void {
    if (moved !== undefined) this.#movedAt = moved;
    if (showing === this.showing) return;
    this.showing = showing;
    this.#changed();
  }
}

declare global {
  interface Window {
    loadCardHelpers?: () => Promise<Helpers>;
  }
}
