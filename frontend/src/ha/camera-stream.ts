/**
 * Core's own player of live pictures, `ha-camera-stream`: how to come by it, and what it shows.
 *
 * It takes the state of a camera, and its home by contexts. None of that is promised: whoever
 * uses it has another way for the day when it is not there.
 */

import { FAILED, PLAYERS, POSTER, ROUTER, STREAM } from "./core-names.ts";

const LOADED_WITHIN = 10_000;
/** Between two looks, in milliseconds: whoever waits for the first picture sees it at once. */
const LOOKED_EACH: Record<Showing, number> = {
  starting: 40,
  playing: 200,
  failed: 200,
};

interface Resolver extends HTMLElement {
  hass?: unknown;
  _updateRoutes?: () => void;
  routerOptions?: { routes: Record<string, { load?: () => Promise<unknown> }> };
}

interface Helpers {
  createCardElement: (config: object) => unknown;
}

/** Whether it is there; where no dashboard was opened yet, its code is fetched first. */
export async function cameraStream(): Promise<boolean> {
  if (customElements.get(STREAM)) return true;
  try {
    if (!window.loadCardHelpers) await loadDashboards();
    const helpers = await window.loadCardHelpers?.();
    if (!helpers) return false;
    // Never shown: a card that plays live brings its player along.
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

/** The router of the frontend loads what dashboards are made of, for one that is made up. */
async function loadDashboards(): Promise<void> {
  if (!customElements.get(ROUTER)) return;
  const resolver = document.createElement(ROUTER) as Resolver;
  resolver.hass = { panels: [{ url_path: "tmp", component_name: "lovelace" }] };
  resolver._updateRoutes?.();
  await resolver.routerOptions?.routes["tmp"]?.load?.();
}

export type Showing = "starting" | "playing" | "failed";

/** Looks after one `ha-camera-stream`, and says what it shows. */
export class Player {
  showing: Showing = "starting";
  #movedAt = performance.now();
  #time = -1;
  #shown: HTMLVideoElement | undefined;
  readonly #stream: HTMLElement;
  readonly #patience: number;
  readonly #changed: () => void;
  #looking: ReturnType<typeof setTimeout>;

  /** `patience`: so many milliseconds without a new picture are a failure. */
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
      // What is told may stop it.
      this.#looking = this.#wait();
      this.#look();
    }, LOOKED_EACH[this.showing]);
  }

  /** The one that is seen; undefined where pictures come one by one, or none yet. */
  get video(): HTMLVideoElement | undefined {
    const players = this.#players.filter((one) => !one.classList.contains("hidden"));
    return players.flatMap((one) => one.shadowRoot?.querySelector("video") ?? [])[0];
  }

  get #players(): Element[] {
    return [...(this.#stream.shadowRoot?.querySelectorAll(PLAYERS) ?? [])];
  }

  #look(): void {
    const { video } = this;
    // Core may go over to another way to play it.
    if (video !== this.#shown) [this.#shown, this.#time] = [video, -1];
    const still = this.#stream.shadowRoot?.querySelector<HTMLImageElement>("img");
    const now = performance.now();
    if (still && still.naturalWidth > 0) this.#became("playing", now);
    else if (video && video.videoWidth > 0 && video.currentTime !== this.#time) {
      if (this.#time >= 0) this.#became("playing", now);
      this.#time = video.currentTime;
    } else if (this.#refused || now - this.#movedAt > this.#patience)
      this.#became("failed");
  }

  /** Each way to play it says so; those that go on trying do not count. */
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
