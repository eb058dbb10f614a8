/** The card's data: the doorbells and their latest clips. */

import { HomeFeed } from "../api/home-feed.ts";
import type { Doorbell, Failure } from "../api/commands.ts";
import { ClipFeed } from "../clips/clip-feed.ts";
import type { LiveStatus } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

export class CardFeeds {
  readonly home = new HomeFeed(() => this.#homeChanged());
  readonly clips: ClipFeed;

  readonly #changed: () => void;
  #connection: Connection | undefined;
  #camera: string | undefined;
  #limit: number | undefined;
  /** The doorbell whose clips are loaded, null for all. */
  #followed: string | null | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.clips = new ClipFeed(changed);
  }

  start(connection: Connection, camera: string | undefined, limit: number): void {
    this.stop();
    this.#connection = connection;
    this.#camera = camera;
    this.#limit = limit;
    this.home.start(connection);
  }

  stop(): void {
    this.#connection = undefined;
    this.#followed = undefined;
    this.home.stop();
    this.clips.stop();
  }

  readonly retry = (): void => {
    if (this.home.status !== "ready" || this.#unknown) this.home.retry();
    else this.clips.retry();
  };

  /** The doorbells that the card shows. */
  get doorbells(): Doorbell[] {
    const { doorbells } = this.home;
    const camera = this.#camera;
    return camera
      ? doorbells.filter((one) => one.camera_entity_id === camera)
      : doorbells;
  }

  get status(): LiveStatus {
    if (this.#unknown) return "error";
    if (this.home.status !== "ready" || this.home.doorbells.length === 0)
      return this.home.status;
    return this.clips.status;
  }

  get failure(): Failure | undefined {
    if (this.#unknown) return { code: "camera_unknown", message: "" };
    return this.home.failure ?? this.clips.failure;
  }

  /** Whether the configured camera belongs to no doorbell. */
  get #unknown(): boolean {
    const named = this.#camera !== undefined && this.home.status === "ready";
    return named && this.doorbells.length === 0;
  }

  #homeChanged(): void {
    this.#changed();
    const connection = this.#connection;
    if (!connection || this.home.status !== "ready" || this.#unknown) return;
    const only = this.#camera ? this.doorbells[0]?.doorbell_id : undefined;
    if (this.#followed === (only ?? null)) return;
    this.#followed = only ?? null;
    this.clips.start(connection, {
      ...(only ? { doorbell_id: only } : {}),
      ...(this.#limit ? { limit: this.#limit } : {}),
    });
  }
}
