/** The day on the timeline and the days with clips, updated live. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";
import { monthOf } from "./days.ts";

/** Milliseconds in which changes are combined, for example when many clips are deleted. */
const TOGETHER = 300;

export class DayData extends Live {
  /** The previous day stays until the other one is loaded. */
  day: api.Day | undefined;
  /** The number of clips on each day, for the loaded months. */
  days: Readonly<Record<string, number>> = {};
  first: string | null = null;
  last: string | null = null;

  #wanted = "";
  #doorbell: string | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  start(connection: Connection, day: string, doorbell: string | undefined): void {
    if (doorbell !== this.#doorbell) this.days = {};
    this.#wanted = day;
    this.#doorbell = doorbell;
    this.begin(connection);
  }

  override stop(): void {
    super.stop();
    clearTimeout(this.#again);
  }

  /** Load the days of another month. */
  async look(month: string): Promise<void> {
    const found = await this.within((connection) =>
      api.days(connection, month, this.#doorbell),
    );
    if (!found) return;
    const others = Object.entries(this.days).filter(([day]) => monthOf(day) !== month);
    this.days = { ...Object.fromEntries(others), ...found.days };
    this.first = found.first;
    this.last = found.last;
    this.changed();
  }

  protected override async read({ connection, keep }: Reading): Promise<void> {
    // The home answers in this order, so no clip falls in between.
    const subscribed = keep(
      api.subscribeClips(
        connection,
        () => {
          clearTimeout(this.#again);
          this.#again = setTimeout(
            () => void this.#load().catch(() => undefined),
            TOGETHER,
          );
        },
        this.#doorbell,
      ),
    );
    await Promise.all([subscribed, this.#load()]);
  }

  async #load(): Promise<void> {
    const wanted = this.#wanted;
    await Promise.all([this.#loadDay(wanted), this.look(monthOf(wanted))]);
  }

  async #loadDay(wanted: string): Promise<void> {
    const day = await this.within((connection) =>
      api.day(connection, wanted, this.#doorbell),
    );
    if (!day) return;
    this.day = day;
    this.changed();
  }
}
