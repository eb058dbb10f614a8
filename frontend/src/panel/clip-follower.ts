/** A clip and its neighbors, updated while its page is open. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

/** Clips in the strip before and after the clip. */
const NEAR = 8;

export class ClipFollower extends Live {
  clip: api.Clip | undefined;
  /** The clip was deleted or this person may not see it; which one is not revealed. */
  gone = false;
  older: string | null = null;
  newer: string | null = null;
  /** The clip between those before and after it, in ascending order. */
  near: readonly api.Clip[] = [];

  #keepsClip = false;
  /** The clip that is kept was deleted. */
  #isLost = false;
  #clipId = "";
  #doorbellId: string | undefined;

  /** Show another clip. The previous one stays visible until it is loaded. */
  open(connection: Connection, clipId: string, doorbellId?: string): void {
    this.#clipId = clipId;
    this.#doorbellId = doorbellId;
    this.#keepsClip = this.#isLost = false;
    this.begin(connection);
  }

  /** Keep a clip that is deleted until another one is opened. */
  keepClip(clipId: string): void {
    this.#keepsClip = clipId === this.#clipId;
  }

  /** The clip was not deleted by the command that it was kept for. */
  releaseClip(): void {
    this.#keepsClip = false;
    if (!this.#isLost) return;
    this.#lose();
    this.changed();
  }

  /** Whether the clip that was opened last is loaded, or is gone. */
  get settled(): boolean {
    return this.gone || this.clip?.clip_id === this.#clipId;
  }

  /** Apply the result of a command. */
  update(change: Partial<api.Clip>): void {
    if (this.clip) this.clip = { ...this.clip, ...change };
    this.changed();
  }

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    await keep(
      api.subscribeClips(connection, (event) => {
        if (current()) this.#heard(event);
      }),
    );
    await this.#ask();
  }

  #heard(event: api.ClipEvent): void {
    const id = event.type === "removed" ? event.clip_id : event.clip.clip_id;
    if (event.type === "changed" && id === this.clip?.clip_id) {
      this.clip = event.clip;
      this.changed();
    }
    // A neighbor may have been added or removed, or this clip restored.
    const near = [this.#clipId, this.older, this.newer].includes(id);
    // Failures are retried after a reconnect.
    if (event.type === "saved" || near)
      void this.#ask().then(
        () => this.changed(),
        () => undefined,
      );
  }

  async #ask(): Promise<void> {
    try {
      const page = await this.within((connection) =>
        api.getClip(connection, this.#clipId, this.#doorbellId),
      );
      if (!page) return;
      Object.assign(this, page, { gone: false });
      this.#isLost = false;
      this.changed();
    } catch (error) {
      if (api.failureOf(error).code !== "clip_unknown") throw error;
      if (this.#keepsClip) this.#isLost = true;
      else this.#lose();
      return;
    }
    void this.#look();
  }

  #lose(): void {
    const none = { clip: undefined, older: null, newer: null, near: [] };
    Object.assign(this, none, { gone: true });
  }

  /** Load the clips nearby. */
  async #look(): Promise<void> {
    const { clip } = this;
    if (!clip) return;
    const query = {
      limit: NEAR,
      ...(this.#doorbellId ? { doorbell_id: this.#doorbellId } : {}),
    };
    const found = await this.within((connection) =>
      Promise.all([
        api.listClips(connection, { ...query, before: clip.started_at }),
        api.listClips(connection, { ...query, after: clip.started_at }),
      ]),
    ).catch(() => undefined);
    // The page works without them.
    if (!found) return;
    // The home answers with the newest first.
    const [before, after] = found.map(({ clips }) => clips.toReversed());
    this.near = [...(before ?? []), clip, ...(after ?? [])];
    this.changed();
  }
}
