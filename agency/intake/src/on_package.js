// Runs an officer's command for each package that arrives, for example to send mail.
//
// At least once: the record has `told: false` until the command succeeds. Until then it is
// retried each hour and at each start, as long as the package is in the inbox.

import { spawn } from "node:child_process";

const LONGEST = 5 * 60_000; // milliseconds
// Variables that the command doesn't need and might print: upload code and credentials.
const SECRET = /^(DOORWATCH_UPLOAD_CODE$|AWS_|PG)/;
const MOST_OUTPUT = 4000; // characters

export class OnPackage {
  #command;
  #end; // stops the running command, if there is one
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

  /** Queue the command for a package; commands run one after the other. */
  add(id) {
    if (this.#waiting.has(id)) return;
    this.#waiting.add(id);
    this.#turn = this.#turn
      .then(() => this.#records.alone(`tell ${id}`, () => this.#tell(id)))
      .catch((error) => this.#log.error(error, id))
      .finally(() => this.#waiting.delete(id));
  }

  /** Stop the running command, which is repeated at the next start. */
  stop() {
    this.#end?.();
  }

  /** Queue all packages for which the command has not succeeded. */
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

  /** Run the command without a shell; return what failed, or undefined. */
  #run(place, id) {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !SECRET.test(name)),
    );
    return new Promise((resolve) => {
      // A process group, so that the command's children end with it.
      const child = spawn(this.#command, [place, id], {
        detached: true,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const output = ["", ""]; // separately, so that lines of stdout and stderr don't mix
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
          // The command ended, but a child keeps its output open.
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
