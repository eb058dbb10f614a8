// Bytes of one part, until there are enough of them for the bucket. The first few are in
// memory, and the rest is on disk, in a file without a name: nothing stays when the process
// is killed, and slow homes take no memory. One that is killed while it takes the name away
// leaves an empty file, which the next start removes.

import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { about } from "./away.js";

const IN_MEMORY = 256 * 1024; // fewer and larger writes; a small package needs none
const MOST_CHUNKS = 64;
const NAME = "doorwatch-intake-";

/** Remove the files of killed processes. Those of others that run are only names by now. */
export async function sweep() {
  const folder = os.tmpdir();
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(NAME)))
    await fs.rm(path.join(folder, name), { force: true }).catch(() => undefined);
}

export class Scratch {
  #handle;
  #onDisk = 0;
  #recent = []; // what isn't on disk
  size = 0;

  async add(chunk) {
    this.#recent.push(chunk);
    // A few bytes at a time would take far more memory than what they are.
    if (this.#recent.length === MOST_CHUNKS) this.#recent = [Buffer.concat(this.#recent)];
    this.size += chunk.length;
    if (this.size - this.#onDisk >= IN_MEMORY)
      await this.#write().catch(about("temporary folder"));
  }

  async #write() {
    if (this.#handle === undefined) {
      const file = path.join(os.tmpdir(), `${NAME}${randomUUID()}`);
      this.#handle = await fs.open(file, "wx+", 0o600);
      await fs.rm(file, { force: true }); // another start may have done it
    }
    const bytes = Buffer.concat(this.#recent);
    this.#recent = [];
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        written,
        bytes.length - written,
        this.#onDisk,
      );
      written += bytesWritten;
      this.#onDisk += bytesWritten;
    }
  }

  /** All bytes, after which it is empty. */
  take() {
    return this.#take().catch(about("temporary folder"));
  }

  async #take() {
    const bytes = Buffer.allocUnsafe(this.size);
    let read = 0;
    while (read < this.#onDisk) {
      const { bytesRead } = await this.#handle.read(bytes, read, this.#onDisk - read, read);
      if (bytesRead === 0) throw new Error("the scratch file is shorter than it was");
      read += bytesRead;
    }
    for (const chunk of this.#recent) read += chunk.copy(bytes, read);
    await this.#handle?.truncate(0);
    this.#recent = [];
    this.size = this.#onDisk = 0;
    return bytes;
  }

  async close() {
    this.#recent = [];
    await this.#handle?.close();
    this.#handle = undefined;
  }
}
