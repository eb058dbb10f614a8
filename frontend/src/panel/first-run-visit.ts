/** The first clip, which a person waits for on Today. */

import type { Clip, Doorbell, Live } from "../api/commands.ts";
import type { HomeFeed } from "../api/home-feed.ts";
import type { ClipFeed } from "../clips/clip-feed.ts";
import { isNarrowed } from "./chips.ts";
import type { TodayPlace } from "./route.ts";

interface Shown {
  hidden: boolean;
  place: TodayPlace;
  doorbells: readonly Doorbell[];
  lives: readonly Live[];
  feed: Pick<HomeFeed, "seen" | "markSeen">;
}

export class FirstVisit {
  /** The first clip, until the person opens Today. */
  clip: Clip | undefined;
  /** Whether this may be a first visit: the clips are not known yet. */
  unsure = false;
  #none = false;
  #waits = false;
  /** The doorbells whose first clip it is. */
  #ids = "";
  readonly #host: { requestUpdate: () => void };

  constructor(host: { requestUpdate: () => void }) {
    this.#host = host;
  }

  /** Whether there is no clip, or only the first one is shown. */
  get alone(): boolean {
    return this.#none || this.on;
  }

  /** Whether this person waits for the first clip, or sees it. */
  get on(): boolean {
    return this.#waits || this.clip !== undefined;
  }

  /** Look at what Today shows. Only a person who never saw a clip waits for the first one. */
  look(
    { hidden, place, doorbells, lives, feed }: Shown,
    { clips, newer, status }: Pick<ClipFeed, "clips" | "newer" | "status">,
  ): void {
    const ids = doorbells
      .map(({ doorbell_id }) => doorbell_id)
      .filter((id) => (place.doorbell ?? id) === id);
    const whole = !isNarrowed(place);
    if (hidden || !whole || ids.join() !== this.#ids) this.#forget();
    this.#ids = ids.join();
    const ready = status === "ready" && !newer;
    const newcomer = ids.length > 0 && !ids.some((id) => id in feed.seen);
    this.unsure = status === "loading" && whole && newcomer;
    this.#none = ready && whole && clips.length === 0;
    // The clip takes the place of live view, through which this person may be talking.
    const talking = lives.some(({ talker }) => talker?.session_id);
    if (this.clip || !ready || !whole || hidden || talking) return;
    const first = this.#waits ? clips.at(-1) : undefined;
    if (first) {
      this.clip = first;
      void feed.markSeen({ [first.doorbell_id]: first.started_at });
    }
    this.#waits = this.#none && newcomer;
  }

  /** Show Today. */
  end(): void {
    this.#forget();
    this.#host.requestUpdate();
  }

  #forget(): void {
    this.clip = undefined;
    this.#waits = false;
  }
}
