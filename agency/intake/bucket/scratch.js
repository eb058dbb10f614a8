// Buffers the bytes of one part. The first bytes are in memory, the rest is in an unlinked
// file: slow homes take no memory, and nothing is left when the process is killed. A kill
// between creating and unlinking leaves an empty file, which the next start removes.

import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { about } from "./away.js";

const IN_MEMORY = 256 * 1024; // avoids many small writes; small packages need no file
const MOST_CHUNKS = 64;
const NAME = "doorwatch-intake-";

/**
 * Remove files of killed processes. Running processes keep theirs, which are unlinked or open.
 */
export async function sweep() {
  const folder = os.tmpdir();
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(NAME)))
    await fs.rm(path.join(folder, name), { force: true }).catch(() => undefined);
}

export class Scratch {
  #handle;
  #onDisk = 0;
  #recent = []; // not written to disk yet
  size = 0;

  async add(chunk) {
    this.#recent.push(chunk);
    // Merge small chunks, whose overhead is larger than their content.
    if (this.#recent.length === MOST_CHUNKS) this.#recent = [Buffer.concat(this.#recent)];
    this.size += chunk.length;
    if (this.size - this.#onDisk >= IN_MEMORY)
      await this.#write().catch(about("temporary folder"));
  }

  async #write() {
    if (this.#handle === undefined) {
      const file = path.join(os.tmpdir(), `${NAME}${randomUUID()}`);
      this.#handle = await fs.open(file, "wx+", 0o600);
      await fs.rm(file, { force: true }); // the sweep of another process may have removed it
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

  /** Return all bytes and empty the buffer. */
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
