/** A person's notification settings, phones and snoozes. */

import * as api from "../api/commands.ts";
import * as noticeApi from "../api/notices.ts";
import type { Connection } from "../ha/hass.ts";
import { ALL } from "./levels.ts";
import { Saver } from "./saver.ts";

/** The result of a test: pending, sent, or an error. */
export type Tested = "sending" | "sent" | api.Failure;

export class MyNotices {
  notices: api.Notices | undefined;
  /** Labels that cameras of this home report. */
  labels: readonly string[] = [];
  tested: ReadonlyMap<string, Tested> = new Map();
  saver: Saver<api.Wishes> | undefined;
  readonly #save: (wishes: api.Wishes) => Promise<api.Wishes>;
  readonly #changed: () => void;

  /** `save` returns the stored settings. */
  constructor(save: (wishes: api.Wishes) => Promise<api.Wishes>, changed: () => void) {
    this.#save = save;
    this.#changed = changed;
  }

  async load(connection: Connection): Promise<void> {
    const [notices, { labels }] = await Promise.all([
      noticeApi.notices(connection),
      api.facets(connection),
    ]);
    this.labels = labels;
    this.notices = notices;
    this.saver = new Saver(notices.wishes, this.#save, this.#changed);
    this.#changed();
  }

  get wishes(): api.Wishes {
    return this.saver?.value ?? {};
  }

  wish(change: api.Wishes): void {
    this.saver?.change({ ...this.wishes, ...change });
  }

  /** Set the hour of reports about agencies; the home chooses it if empty. */
  wishHour(hour: string): void {
    const wishes = { ...this.wishes, house_at: hour };
    if (!hour) Reflect.deleteProperty(wishes, "house_at");
    this.saver?.change(wishes);
  }

  /** Send a test to a phone, and look for problems of phones again. */
  async test(connection: Connection, phoneId: string): Promise<void> {
    const note = (came: Tested): void => {
      this.tested = new Map(this.tested).set(phoneId, came);
      this.#changed();
    };
    note("sending");
    try {
      await noticeApi.testPhone(connection, phoneId);
      note("sent");
    } catch (error) {
      note(api.failureOf(error));
    }
    const { phones } = await noticeApi.notices(connection);
    this.#show({ phones });
  }

  /** Snooze a doorbell or `ALL`; 0 minutes ends it. */
  async snooze(
    connection: Connection,
    doorbellId: string,
    minutes: number,
  ): Promise<void> {
    const id = doorbellId === ALL ? undefined : doorbellId;
    const { snoozed } = await noticeApi.snooze(connection, minutes, id);
    this.#show({ snoozed });
  }

  /** The settings on the page stay as they are. */
  #show(change: Partial<api.Notices>): void {
    if (this.notices) this.notices = { ...this.notices, ...change };
    this.#changed();
  }
}
