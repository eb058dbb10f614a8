/** The clip of a list that plays in place of its image: at most one at a time. */

import { Lazy } from "../ui/lazy.ts";

export type Playing = "plays" | "paused";

export interface ListPlayer {
  fetch: () => Promise<unknown>;
  changed: () => void;
  /** Open the page of a clip that can't be played here, which says why. */
  open: (clipId: string) => void;
}

export class ListPlaying {
  readonly #player: ListPlayer;
  readonly #part: Lazy;
  #clipId: string | undefined;
  #state: Playing = "plays";

  constructor(player: ListPlayer) {
    this.#player = player;
    this.#part = new Lazy(player.fetch, () => this.#came());
  }

  get clipId(): string | undefined {
    return this.#clipId;
  }

  /** The state of a clip; undefined unless it plays here. */
  of(clipId: string): Playing | undefined {
    return clipId === this.#clipId ? this.#state : undefined;
  }

  /** Start a clip, which ends the previous one, or pause it, or continue. */
  press(clipId: string): void {
    this.#state = this.of(clipId) === "plays" ? "paused" : "plays";
    this.#clipId = clipId;
    this.#part.want();
    this.#came();
  }

  /** The video was started or paused, also by the browser. */
  tell(clipId: string, state: Playing): void {
    if (clipId !== this.#clipId || state === this.#state) return;
    this.#state = state;
    this.#player.changed();
  }

  /** End a clip, or any; return whether one played. */
  end(clipId = this.#clipId): boolean {
    if (clipId === undefined || clipId !== this.#clipId) return false;
    this.#clipId = undefined;
    this.#player.changed();
    return true;
  }

  /** The browser can't play a clip. */
  openInstead(clipId: string): void {
    if (this.end(clipId)) this.#player.open(clipId);
  }

  #came(): void {
    if (this.#part.state === "missing" && this.#clipId !== undefined)
      this.openInstead(this.#clipId);
    else this.#player.changed();
  }
}
