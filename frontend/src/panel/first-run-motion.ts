/** What motion detection sees in the video of a doorbell at this moment. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

/** Milliseconds after which a region may have moved on. */
const SHOWN = 3_000;

export class MotionFeed extends Live {
  /** The last result; undefined before the first one, and if it is outdated. */
  last: api.Motion | undefined;
  #doorbellId = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  watch(connection: Connection, doorbellId: string): void {
    if (doorbellId === this.#doorbellId && connection === this.connection) return;
    this.#doorbellId = doorbellId;
    this.begin(connection);
  }

  override stop(): void {
    super.stop();
    this.#forget();
  }

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    const take = (motion: api.Motion): void => {
      if (!current()) return;
      clearTimeout(this.#timer);
      this.last = motion;
      this.#timer = setTimeout(() => {
        this.#forget();
        this.changed();
      }, SHOWN);
      this.changed();
    };
    await keep(api.subscribeMotion(connection, take, this.#doorbellId));
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.last = undefined;
  }
}
