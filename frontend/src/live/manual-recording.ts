/** Starts and stops a manual recording at a doorbell. */

import * as api from "../api/commands.ts";
import { eventName } from "../clips/clip-words.ts";
import type { Connection } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";
import { problemText } from "../ui/problem.ts";

/** Seconds that Record now records, unless it is stopped. */
export const RECORD_FOR = 60;

interface Host {
  readonly hass: { connection: Connection };
  readonly strings: Strings;
  readonly doorbell: api.Doorbell;
}

export class ManualRecording {
  /** A command is running. */
  busy = false;
  readonly #host: Host;
  readonly #say: (text: string) => void;
  readonly #changed: () => void;

  constructor(host: Host, say: (text: string) => void, changed: () => void) {
    this.#host = host;
    this.#say = say;
    this.#changed = changed;
  }

  /** Return whether it records now. */
  start(): Promise<boolean> {
    const { strings, doorbell } = this.#host;
    const { doorbell_id, name } = doorbell;
    return this.#attempt(async (connection) => {
      const recorded = await api.record(connection, doorbell_id, RECORD_FOR);
      const kind = recorded.extends?.find((one) => one !== "manual");
      this.#say(
        kind
          ? strings.text("live.extends", { event: eventName(strings, kind), name })
          : strings.text("snackbar.recording", { name }),
      );
    });
  }

  /** Return whether it was stopped. */
  stop(): Promise<boolean> {
    const { doorbell_id } = this.#host.doorbell;
    return this.#attempt((connection) => api.stopRecording(connection, doorbell_id));
  }

  async #attempt(act: (connection: Connection) => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.#changed();
    try {
      await act(this.#host.hass.connection);
      return true;
    } catch (error) {
      this.#say(problemText(this.#host.strings, api.failureOf(error)));
      return false;
    } finally {
      this.busy = false;
      this.#changed();
    }
  }
}
