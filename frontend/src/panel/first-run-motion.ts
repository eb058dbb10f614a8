/** What motion detection sees in the video of a doorbell at this moment. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

/** Milliseconds after which a result is outdated, as somebody may have moved on. */
const SHOWN = 3_000;

export class MotionFeed extends Live {
  /** The result for the picture that is shown; undefined if there is none, or an old one. */
  last: api.Motion | undefined;
  #doorbellId = "";
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #age: () => number | undefined;

  /** `age`: how old the picture is when it is shown, in milliseconds. */
  constructor(changed: () => void, age: () => number | undefined) {
    super(changed);
    this.#age = age;
  }

  watch(connection: Connection, doorbellId: string): void {
    if (doorbellId === this.#doorbellId && connection === this.connection) return;
    this.#doorbellId = doorbellId;
    this.begin(connection);
  }

  override stop(): void {
    super.stop();
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
    this.last = undefined;
  }

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    const take = (motion: api.Motion): void => {
      if (!current()) return;
      const age = this.#age() ?? 0;
      this.#after(age, () => (this.last = motion));
      this.#after(age + SHOWN, () => {
        if (this.last === motion) this.last = undefined;
      });
    };
    await keep(api.subscribeMotion(connection, take, this.#doorbellId));
  }

  #after(wait: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
      this.changed();
    }, wait);
    this.#timers.add(timer);
  }
}
