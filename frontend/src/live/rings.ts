/** Current rings, until somebody reacts or they expire. */

import type { Live } from "../api/commands.ts";

/** Milliseconds that a ring stays in front without a reaction. */
const STAYS = 90_000;
/** Older ones were missed during a lost connection. */
const STALE = 600_000;

export interface Ring {
  doorbell_id: string;
  rang_at: string;
}

export class Rings {
  /** Newest first. */
  ringing: readonly Ring[] = [];
  /** The time of each doorbell's last known ring. */
  readonly #known = new Map<string, string | null>();
  readonly #until = new Map<string, number>();

  /** Update from the live state; return whether there is a new ring. */
  hear(lives: readonly Live[], now: number): boolean {
    const there = new Set(lives.map((one) => one.doorbell_id));
    const rang = lives.filter(({ doorbell_id, rang_at }) => {
      const before = this.#known.get(doorbell_id);
      this.#known.set(doorbell_id, rang_at);
      if (before === undefined || rang_at === null || rang_at === before) return false;
      return Math.abs(now - Date.parse(rang_at)) < STALE;
    });
    for (const { doorbell_id } of rang) this.#until.set(doorbell_id, now + STAYS);
    const again = new Set(rang.map((one) => one.doorbell_id));
    this.ringing = [
      ...rang.map(({ doorbell_id, rang_at }) => ({
        doorbell_id,
        rang_at: rang_at ?? "",
      })),
      ...this.ringing.filter(
        ({ doorbell_id }) => !again.has(doorbell_id) && there.has(doorbell_id),
      ),
    ];
    return rang.length > 0;
  }

  /** Dismiss a ring. */
  put(doorbellId: string): void {
    this.ringing = this.ringing.filter((one) => one.doorbell_id !== doorbellId);
  }

  /** Remove expired rings, except one that the user is dealing with. */
  pass(now: number, isAt: (doorbellId: string) => boolean): void {
    for (const { doorbell_id } of this.ringing) {
      if (isAt(doorbell_id)) this.#until.set(doorbell_id, now + STAYS);
      else if ((this.#until.get(doorbell_id) ?? 0) <= now) this.put(doorbell_id);
    }
  }
}
