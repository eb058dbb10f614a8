// A command of the officers' for each package that arrives, such as one that sends mail.
//
// At least once: what arrived is noted as `told: false` until the command ended well, and is
// told again each hour and at each start, as long as it is in the inbox.

import { spawn } from "node:child_process";

const LONGEST = 5 * 60_000; // milliseconds
// What it doesn't need, and may print: the code, and what opens the bucket and the database.
const SECRET = /^(DOORWATCH_UPLOAD_CODE$|AWS_|PG)/;
const MOST_OUTPUT = 4000; // characters

export class OnPackage {
  #command;
  #end; // what runs now, if something does
  #log;
  #records;
  #uploads;
  #waiting = new Set();
  #turn = Promise.resolve();

  constructor({ command, stores, log }) {
    this.#command = command;
    this.#records = stores.records;
    this.#uploads = stores.uploads;
    this.#log = log;
  }

  /** Tell of a package in the background, one after the other. */
  add(id) {
    if (this.#waiting.has(id)) return;
    this.#waiting.add(id);
    this.#turn = this.#turn
      .then(() => this.#records.alone(`tell ${id}`, () => this.#tell(id)))
      .catch((error) => this.#log.error(error, id))
      .finally(() => this.#waiting.delete(id));
  }

  /** End what runs. It is told again at the next start. */
  stop() {
    this.#end?.();
  }

  /** Tell of what was not told yet. */
  async addAll() {
    for await (const id of this.#records.untold()) this.add(id);
  }

  async #tell(id) {
    if ((await this.#records.share(id))?.told !== false) return; // another intake did
    const place = await this.#uploads.placeOf(id);
    if (place !== undefined) {
      const failure = await this.#run(place, id);
      if (failure !== undefined) {
        this.#log.often("command failed", `command failed ${id}, ${failure}`);
        return;
      }
      this.#log.say(`command done ${id}`);
    }
    await this.#records.noteTold(id);
  }

  /** Run it without a shell; what went wrong, or undefined. */
  #run(place, id) {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !SECRET.test(name)),
    );
    return new Promise((resolve) => {
      // A group of its own, so that what it started ends with it.
      const child = spawn(this.#command, [place, id], {
        detached: true,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const output = ["", ""]; // apart, or a line of one would end in the middle of the other's
      for (const [n, stream] of [child.stdout, child.stderr].entries()) {
        stream.setEncoding("utf8").on("data", (text) => {
          output[n] += text.slice(0, MOST_OUTPUT - output[n].length);
        });
      }
      const end = (failure) => {
        clearTimeout(timer);
        this.#end = undefined;
        for (const line of output.flatMap((text) => text.split("\n")).filter(Boolean)) {
          this.#log.say(`command says ${id}, ${line}`);
        }
        output.fill("");
        resolve(failure);
      };
      this.#end = () => {
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // It ended by itself, and something else keeps its output open.
        }
      };
      const timer = setTimeout(() => {
        this.#end();
        end("it took longer than 5 minutes");
      }, LONGEST);
      child.on("error", (error) => end(error.code));
      child.on("close", (code, signal) => {
        end(code === 0 ? undefined : `it ended with ${signal ?? code}`);
      });
    });
  }
}
