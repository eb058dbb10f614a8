/** The deleted clips, updated when anyone deletes or restores clips. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

export class BinFeed extends Live {
  clips: api.DeletedClip[] = [];

  start(connection: Connection): void {
    this.begin(connection);
  }

  remove(clipId: string): void {
    this.clips = this.clips.filter((one) => one.clip_id !== clipId);
    this.changed();
  }

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    await keep(
      api.subscribeClips(connection, () => {
        // A failed read is repeated after a reconnect.
        if (current()) void this.#list().catch(() => undefined);
      }),
    );
    await this.#list();
  }

  async #list(): Promise<void> {
    const clips = await this.within((connection) => api.deletedClips(connection));
    if (!clips) return;
    this.clips = clips;
    this.changed();
  }
}
