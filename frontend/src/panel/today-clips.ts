/** What is done with a clip of the list: deleting it, and taking that back. */

import * as api from "../api/commands.ts";
import type { ClipFeed } from "../clips/clip-feed.ts";
import type { Connection } from "../ha/hass.ts";

interface Page {
  connection: () => Connection;
  changed: () => void;
  deleted: (clip: api.Clip) => void;
  restored: (clip: api.Clip) => void;
}

export class ClipActions {
  /** The protected clip that is asked about. */
  deleting: api.Clip | undefined;
  failure: api.Failure | undefined;
  readonly #clips: ClipFeed;
  readonly #page: Page;

  constructor(clips: ClipFeed, page: Page) {
    this.#clips = clips;
    this.#page = page;
  }

  /** Delete a clip; ask first if it is protected. */
  ask(clip: api.Clip): void {
    if (!clip.protected) {
      void this.delete(clip);
      return;
    }
    this.deleting = clip;
    this.#page.changed();
  }

  close(): void {
    this.deleting = undefined;
    this.#page.changed();
  }

  async delete(clip: api.Clip): Promise<void> {
    await this.#attempt(async (connection) => {
      await api.deleteClip(connection, clip.clip_id);
      this.#clips.remove(clip.clip_id);
      this.#page.deleted(clip);
    });
  }

  async restore(clip: api.Clip): Promise<void> {
    await this.#attempt(async (connection) => {
      this.#clips.put(await api.restoreClip(connection, clip.clip_id));
      this.#page.restored(clip);
    });
  }

  async load(way: "older" | "newer"): Promise<void> {
    await this.#attempt(() =>
      way === "older" ? this.#clips.loadOlder() : this.#clips.loadNewer(),
    );
  }

  async #attempt(act: (connection: Connection) => Promise<unknown>): Promise<void> {
    try {
      await act(this.#page.connection());
      this.failure = undefined;
    } catch (error) {
      this.failure = api.failureOf(error);
    }
    this.#page.changed();
  }
}
