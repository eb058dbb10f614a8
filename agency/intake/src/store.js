// Where uploads lie: unfinished ones in INBOX/.incoming, finished ones as INBOX/SHARE.tar.
//
// A package enters the inbox by one rename after it is on disk, so whoever reads the inbox
// never sees half of one. A record of every share stays behind, so that a home that asks
// again is told "complete", even when the package was taken away long ago.

import { constants } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { FileStore } from "@tus/file-store";
import { Upload } from "@tus/server";

const CONFLICT = {
  status_code: 409,
  body: "This share exists with another size\n",
};
// An upload holds room from its creation on; one that never began gives it back soon.
const EMPTY_AFTER = 60 * 60_000;
const NO_ROOM = { status_code: 507, body: "Not enough room\n" };

async function syncFolder(folder) {
  const handle = await fs.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file) {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

/** Records of uploads as JSON files, each written whole or not at all. */
export class Records {
  constructor(folder) {
    this.folder = folder;
  }

  #file(id) {
    return path.join(this.folder, `${id}.json`);
  }

  async get(id) {
    try {
      return JSON.parse(await fs.readFile(this.#file(id), "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async set(id, record) {
    const target = this.#file(id);
    const temporary = `${target}.tmp`;
    const handle = await fs.open(temporary, "w", 0o600);
    try {
      await handle.writeFile(JSON.stringify(record));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
    await syncFolder(this.folder);
  }

  async delete(id) {
    await fs.rm(this.#file(id), { force: true });
  }

  async list() {
    const names = await fs.readdir(this.folder);
    return names
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length));
  }
}

export class InboxStore extends FileStore {
  #finishing = new Map();
  #unfinished = new Map(); // id: bytes that it will have
  #creating = Promise.resolve();

  constructor({ inbox, expiresAfter, emptyAfter = EMPTY_AFTER }) {
    const directory = path.join(inbox, ".incoming");
    const records = new Records(directory);
    super({
      directory,
      configstore: records,
      expirationPeriodInMilliseconds: expiresAfter,
    });
    this.inbox = inbox;
    this.records = records;
    this.emptyAfter = emptyAfter;
  }

  /** Make the folders and finish what a crash left complete but not yet in the inbox. */
  async open() {
    await fs.mkdir(this.directory, { recursive: true, mode: 0o700 });
    await fs.chmod(this.directory, 0o700); // the store of tus makes it for everybody
    for (const name of await fs.readdir(this.directory)) {
      if (name.endsWith(".tmp")) await fs.rm(path.join(this.directory, name));
    }
    for (const id of await this.records.list()) {
      await this.getUpload(id).catch(() => undefined);
      const record = await this.records.get(id);
      if (record && !record.finished) this.#unfinished.set(id, record.size);
    }
  }

  /** How many bytes the unfinished uploads may still bring. */
  async #reserved() {
    let reserved = 0;
    for (const [id, size] of this.#unfinished) {
      const arrived = await fs.stat(this.resolve(id)).then(
        (stat) => stat.size,
        () => 0,
      );
      reserved += Math.max(0, size - arrived);
    }
    return reserved;
  }

  #package(id) {
    return path.join(this.inbox, `${id}.tar`);
  }

  /** Like the store's own, but a share that is known already keeps what has arrived. */
  create(upload) {
    // One after the other: each must see the room that those before it hold.
    const created = this.#creating.then(() => this.#create(upload));
    this.#creating = created.catch(() => undefined);
    return created;
  }

  async #create(upload) {
    const known = await this.records.get(upload.id);
    if (known !== undefined) {
      if (known.size !== upload.size) throw CONFLICT;
      if (known.finished || (await exists(this.resolve(upload.id)))) return upload;
    } else {
      const room = await fs.statfs(this.directory);
      const free = room.bavail * room.bsize - (await this.#reserved());
      if (free < upload.size) throw NO_ROOM;
    }
    const created = await super.create(upload);
    this.#unfinished.set(upload.id, upload.size);
    return created;
  }

  async getUpload(id) {
    const record = await this.records.get(id);
    if (record?.finished) return this.#finished(id, record);
    let upload;
    try {
      upload = await super.getUpload(id);
    } catch (error) {
      // Killed between the rename and the note of it.
      if (record === undefined || !(await exists(this.#package(id)))) throw error;
      await this.records.set(id, { ...record, finished: true });
      this.#unfinished.delete(id);
      return this.#finished(id, record);
    }
    if (upload.offset !== upload.size) return upload;
    await this.finish(id);
    return this.#finished(id, record);
  }

  #finished(id, record) {
    return new Upload({
      id,
      size: record.size,
      offset: record.size,
      metadata: record.metadata,
    });
  }

  /** Move a complete upload into the inbox; several callers at once do it once. */
  finish(id) {
    let work = this.#finishing.get(id);
    if (work === undefined) {
      work = this.#move(id).finally(() => this.#finishing.delete(id));
      this.#finishing.set(id, work);
    }
    return work;
  }

  async #move(id) {
    const record = await this.records.get(id);
    if (record?.finished) return;
    const file = this.resolve(id);
    const handle = await fs.open(file, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(file, this.#package(id));
    await syncFolder(this.inbox);
    await this.records.set(id, { ...record, finished: true });
    this.#unfinished.delete(id);
  }

  async remove(id) {
    await super.remove(id);
    this.#unfinished.delete(id);
  }

  /** Remove unfinished uploads that nobody went on with. */
  async deleteExpired() {
    const now = Date.now();
    let removed = 0;
    for (const id of await this.records.list()) {
      const record = await this.records.get(id);
      if (record === undefined || record.finished) continue;
      const { size, mtimeMs } = await fs
        .stat(this.resolve(id))
        .catch(() => ({ size: 0, mtimeMs: 0 }));
      if (now - mtimeMs < (size ? this.getExpiration() : this.emptyAfter)) continue;
      await fs.rm(this.resolve(id), { force: true });
      await this.records.delete(id);
      this.#unfinished.delete(id);
      removed += 1;
    }
    return removed;
  }
}
