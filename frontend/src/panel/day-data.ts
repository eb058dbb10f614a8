/** The day on the timeline, and the days that have clips. */

import * as api from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";

export class DayData {
  day: api.Day | undefined;
  /** How many clips there are of each day, as far as anybody asked. */
  days: Readonly<Record<string, number>> = {};
  first: string | null = null;
  last: string | null = null;

  readonly #changed: () => void;
  #asked:
    { connection: Connection; day: string; doorbell: string | undefined } | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Show a day, and the month that it lies in. */
  async show(connection: Connection, day: string, doorbell?: string): Promise<void> {
    const before = this.#asked;
    if (before?.connection !== connection || before.doorbell !== doorbell)
      this.days = {};
    this.#asked = { connection, day, doorbell };
    await Promise.all([this.#load(), this.month(day.slice(0, 7))]);
  }

  /** Read again what may have changed. */
  async again(): Promise<void> {
    if (!this.#asked) return;
    await Promise.all([this.#load(), this.month(this.#asked.day.slice(0, 7))]);
  }

  async month(month: string): Promise<void> {
    const asked = this.#asked;
    if (!asked) return;
    const { days, first, last } = await api.days(
      asked.connection,
      month,
      asked.doorbell,
    );
    if (asked !== this.#asked) return;
    const others = Object.entries(this.days).filter(([day]) => !day.startsWith(month));
    this.days = { ...Object.fromEntries(others), ...days };
    this.first = first;
    this.last = last;
    this.#changed();
  }

  async #load(): Promise<void> {
    const asked = this.#asked;
    if (!asked) return;
    const day = await api.day(asked.connection, asked.day, asked.doorbell);
    if (asked !== this.#asked) return;
    this.day = day;
    this.#changed();
  }
}
