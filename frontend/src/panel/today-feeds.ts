/** The clips, filters and visit of Today, which follow the place and the connection. */

import * as api from "../api/commands.ts";
import { ClipFeed } from "../clips/clip-feed.ts";
import type { Connection } from "../ha/hass.ts";
import { ChipFeed } from "./chip-feed.ts";
import { filterOf, isNarrowed } from "./chips.ts";
import type { TodayPlace } from "./route.ts";
import { Visit } from "./visit.ts";

const PAGE = 60;

export class TodayFeeds {
  readonly clips: ClipFeed;
  readonly chips: ChipFeed;
  readonly visit: Visit;
  #connection: Connection | undefined;
  /** The current query as a string; undefined if there is none. */
  #followed: string | undefined;
  /** The doorbell of the loaded chips, null for all. */
  #chipsOf: string | null | undefined;
  /** Other clips were requested and are not loaded yet. */
  #anew = false;

  constructor(changed: () => void, mark: (moments: Record<string, string>) => void) {
    this.clips = new ClipFeed(changed);
    this.chips = new ChipFeed(changed);
    this.visit = new Visit(mark);
  }

  stop(): void {
    this.clips.stop();
    this.chips.stop();
    this.visit.stop();
    this.#followed = undefined;
    this.#chipsOf = undefined;
  }

  /** Load the clips of a place, unless they are loaded. */
  follow(connection: Connection, place: TodayPlace): void {
    const moved = connection !== this.#connection;
    this.#connection = connection;
    const wanted = JSON.stringify({ ...place, live: undefined });
    if (!moved && wanted === this.#followed) return;
    if (moved) this.#chipsOf = undefined;
    this.#anew = this.#followed !== undefined;
    this.#followed = wanted;
    const { day, doorbell } = place;
    this.clips.start(
      connection,
      { ...filterOf(place, this.visit.seen), limit: PAGE },
      day ? async () => (await api.day(connection, day, doorbell)).ends : undefined,
    );
    if (this.#chipsOf === (doorbell ?? null)) return;
    this.#chipsOf = doorbell ?? null;
    this.chips.start(connection, doorbell, this.visit.seen);
  }

  /** Whether other clips were loaded since the last call. */
  takeAnew(): boolean {
    if (!this.#anew || this.clips.status === "loading") return false;
    this.#anew = false;
    return true;
  }

  /** Only a list without gaps tells what this person has seen. */
  look(place: TodayPlace, newestShown: boolean): void {
    const { kinds, labels, marks, words } = place;
    const whole =
      kinds.length + labels.length === 0 &&
      words === "" &&
      marks.every((one) => one === "new");
    const { clips, newer, status } = this.clips;
    const there = newestShown && status === "ready";
    this.visit.look(there && whole && !newer, clips);
  }

  /** Then there is only one thing to do, so nothing else is shown. */
  hasNone(place: TodayPlace): boolean {
    const { status, clips, newer } = this.clips;
    const none = status === "ready" && clips.length === 0 && !newer;
    return none && !isNarrowed(place);
  }

  /** Whether there is something to filter. */
  mayNarrow(place: TodayPlace): boolean {
    const some = this.clips.clips.length + this.chips.chips.length > 0;
    return (some || isNarrowed(place)) && !this.hasNone(place);
  }
}
