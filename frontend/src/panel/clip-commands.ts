/** Commands for the clip of a page and its shares, and which shares the person has put away. */

import { CommandRunner } from "../api/command-runner.ts";
import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { download } from "../ha/download.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import type { ClipFollower } from "./clip-follower.ts";

export class ClipCommands extends CommandRunner {
  /** The IDs of shares that this person has put away. */
  hidden: ReadonlySet<string> = new Set();
  readonly #hass: () => HomeAssistant;
  readonly #follower: ClipFollower;

  constructor(hass: () => HomeAssistant, follower: ClipFollower, changed: () => void) {
    super(() => hass().connection, changed);
    this.#hass = hass;
    this.#follower = follower;
  }

  async toggleProtection(clip: api.Clip): Promise<void> {
    const on = !clip.protected;
    const isStored = await this.run((connection) =>
      api.protect(connection, clip.clip_id, on),
    );
    if (isStored && this.#follower.clip?.clip_id === clip.clip_id)
      this.#follower.update({ protected: on });
  }

  async download({ clip_id }: api.Clip): Promise<void> {
    await this.run(async (connection) => {
      const link = await api.link(connection, clip_id);
      download(this.#hass(), link.download);
    });
  }

  /** Delete the clip. It stays visible until `leave` was called, with a neighbor's ID if there is one. */
  async delete(
    { clip_id }: api.Clip,
    leave: (next: string | null) => void,
  ): Promise<void> {
    const follower = this.#follower;
    const next = follower.older ?? follower.newer;
    follower.keepClip(clip_id);
    if (await this.run((connection) => api.deleteClip(connection, clip_id)))
      leave(next);
    else follower.releaseClip();
  }

  async dismiss({ proposal_id }: api.Proposal): Promise<void> {
    await this.run((connection) => shareApi.dismissProposal(connection, proposal_id));
  }

  /** Put away a share that needs a new tap; return whether its clip can be shared again. */
  async putAway({ share_id, state }: api.Share): Promise<boolean> {
    // Others that can be shared again are over.
    if (state !== "needs_new_tap") return true;
    return this.run((connection) => shareApi.cancelShare(connection, share_id));
  }

  hide({ share_id }: api.Share): void {
    this.hidden = new Set(this.hidden).add(share_id);
    this.changed();
  }
}
