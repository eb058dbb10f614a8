/** Runs commands that a person asked for, and keeps the error of the last one. */

import type { Connection } from "../ha/hass.ts";
import { failureOf, type Failure } from "./commands.ts";

export class CommandRunner {
  failure: Failure | undefined;
  /** A command is running. */
  busy = false;
  readonly #connection: () => Connection;
  readonly #changed: () => void;

  constructor(connection: () => Connection, changed: () => void) {
    this.#connection = connection;
    this.#changed = changed;
  }

  protected get connection(): Connection {
    return this.#connection();
  }

  protected changed(): void {
    this.#changed();
  }

  /** Run a command; return whether it succeeded. */
  async run(command: (connection: Connection) => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.changed();
    try {
      await command(this.connection);
      this.failure = undefined;
      return true;
    } catch (error) {
      this.failure = failureOf(error);
      return false;
    } finally {
      this.busy = false;
      this.changed();
    }
  }
}
