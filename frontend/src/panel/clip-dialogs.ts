/** The dialogs of a clip's page: to share the clip, and to ask before it is deleted. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { TimedShare } from "../api/home-feed.ts";
import "../clips/delete-dialog.ts";
import "../share/share-dialog.ts";
import type { Asked } from "../share/share-editing.ts";

interface Context {
  clip: Clip;
  /** The doorbell's name; empty if it is removed. */
  doorbell: string;
  shares: readonly TimedShare[];
  /** What is deleted. */
  what: string;
  delete: () => void;
}

export class ClipDialogs {
  /** The dialog of the button to send a copy is open. */
  sending = false;
  readonly #changed: () => void;
  #sharing: { agencyId: string | null; request: Asked | null } | undefined;
  #asking = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get open(): boolean {
    return this.#sharing !== undefined || this.#asking || this.sending;
  }

  share(agencyId: string | null, request: Asked | null): void {
    this.#sharing = { agencyId, request };
    this.#changed();
  }

  askToDelete(): void {
    this.#asking = true;
    this.#changed();
  }

  close(): void {
    this.#sharing = undefined;
    this.#asking = false;
    this.#changed();
  }

  render({ clip, doorbell, shares, what, ...act }: Context): TemplateResult {
    return html`${
      this.#sharing
        ? html`<doorwatch-share-dialog
            .clip=${clip}
            .doorbell=${doorbell}
            .agencyId=${this.#sharing.agencyId}
            .request=${this.#sharing.request}
            .shares=${shares}
            @dialog-closed=${() => this.close()}
          ></doorwatch-share-dialog>`
        : nothing
    }
    ${
      this.#asking
        ? html`<doorwatch-delete-dialog
            .clips=${[clip]}
            .what=${what}
            @delete=${act.delete}
            @dialog-closed=${() => this.close()}
          ></doorwatch-delete-dialog>`
        : nothing
    }`;
  }
}
