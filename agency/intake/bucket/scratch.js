// Bytes of one part, on disk until there are enough of them for the bucket. The file has no
// name, so nothing stays when the process is killed.

import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

export class Scratch {
  #handle;
  size = 0;

  async add(chunk) {
    if (this.#handle === undefined) {
      const file = path.join(os.tmpdir(), `doorwatch-intake-${randomUUID()}`);
      this.#handle = await fs.open(file, "wx+", 0o600);
      await fs.rm(file);
    }
    let written = 0;
    while (written < chunk.length) {
      const { bytesWritten } = await this.#handle.write(
        chunk,
        written,
        chunk.length - written,
        this.size + written,
      );
      written += bytesWritten;
    }
    this.size += written;
  }

  /** All bytes, after which it is empty. */
  async take() {
    const bytes = Buffer.allocUnsafe(this.size);
    let read = 0;
    while (read < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, read, bytes.length - read, read);
      if (bytesRead === 0) throw new Error("the scratch file is shorter than it was");
      read += bytesRead;
    }
    await this.#handle?.truncate(0);
    this.size = 0;
    return bytes;
  }

  async close() {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}
