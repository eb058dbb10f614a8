/** Several clips that are chosen in the list, and what can be done with them. Never shared. */

import * as api from "../api/commands.ts";
import type { ClipFeed } from "../clips/clip-feed.ts";
import { download } from "../ha/download.ts";
import type { HomeAssistant } from "../ha/hass.ts";

/** Browsers drop downloads that start at the same moment. */
const BETWEEN_DOWNLOADS = 400;

export class Selection {
  /** Whether clips are being chosen. */
  on = false;
  busy = false;
  failure: api.Failure | undefined;
  readonly #chosen = new Set<string>();
  readonly #feed: ClipFeed;
  readonly #changed: () => void;

  /** `feed`: the clips of the list. */
  constructor(feed: ClipFeed, changed: () => void) {
    this.#feed = feed;
    this.#changed = changed;
  }

  /** The chosen clips as they are now, without those that were deleted since. */
  get clips(): readonly api.Clip[] {
    return this.#feed.clips.filter(({ clip_id }) => this.#chosen.has(clip_id));
  }

  /** Clips that this person may not protect or delete. */
  get onlyDownloads(): number {
    return this.clips.filter((one) => !one.may_control).length;
  }

  /** The IDs, a new set after each change. */
  get ids(): ReadonlySet<string> | undefined {
    return this.on ? new Set(this.clips.map(({ clip_id }) => clip_id)) : undefined;
  }

  begin(): void {
    this.on = true;
    this.failure = undefined;
    this.#changed();
  }

  end(): void {
    this.on = false;
    this.#chosen.clear();
    this.#changed();
  }

  toggle({ clip_id }: api.Clip): void {
    if (!this.#chosen.delete(clip_id)) this.#chosen.add(clip_id);
    this.#changed();
  }

  /** Protect all of them, or end that if all are protected. */
  async protect({ connection }: HomeAssistant): Promise<void> {
    const on = !this.clips.every((one) => one.protected);
    await this.#each(async ({ clip_id }) => {
      await api.protect(connection, clip_id, on);
      this.#feed.update(clip_id, { protected: on });
    });
  }

  /** Delete all of them, and return those that were deleted. */
  async delete({ connection }: HomeAssistant): Promise<readonly api.Clip[]> {
    const deleted: api.Clip[] = [];
    await this.#each(async (clip) => {
      await api.deleteClip(connection, clip.clip_id);
      this.#feed.remove(clip.clip_id);
      deleted.push(clip);
    });
    return deleted;
  }

  async restore(
    { connection }: HomeAssistant,
    clips: readonly api.Clip[],
  ): Promise<void> {
    for (const { clip_id } of clips)
      this.#feed.put(await api.restoreClip(connection, clip_id));
  }

  async download(hass: HomeAssistant): Promise<void> {
    await this.#each(async (clip) => {
      download(hass, (await api.link(hass.connection, clip.clip_id)).download);
      await new Promise((done) => setTimeout(done, BETWEEN_DOWNLOADS));
    });
  }

  /**
   * One after the other, unless it is no longer chosen; the first failure ends it, and keeps the
   * rest chosen.
   */
  async #each(act: (clip: api.Clip) => Promise<void>): Promise<void> {
    this.busy = true;
    this.failure = undefined;
    this.#changed();
    try {
      for (const clip of this.clips) if (this.#isChosen(clip)) await act(clip);
    } catch (error) {
      this.failure = api.failureOf(error);
    }
    this.busy = false;
    this.#changed();
  }

  #isChosen({ clip_id }: api.Clip): boolean {
    return this.clips.some((one) => one.clip_id === clip_id);
  }
}
