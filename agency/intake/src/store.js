// The upload store: unfinished uploads in INBOX/.incoming, finished as INBOX/SHARE.tar.age.
//
// A synced package is renamed into the inbox, so that readers never see an incomplete one. The
// record of a share is kept, so that a home that asks again is told "complete" even if the
// package was taken long ago.

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { FileStore } from "@tus/file-store";
import { Upload } from "@tus/server";
import { Records, exists, openFolder, syncFolder } from "./files.js";
import { refusal } from "./refusals.js";
import { NO_ROOM, Reservations } from "./reservations.js";

const CONFLICT = refusal(409, "This share already exists with a different size or home");
// An upload without any byte is removed sooner.
const EMPTY_AFTER = 60 * 60_000;

async function digestOf(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

export class InboxStore extends FileStore {
  #finishing = new Map();
  #log;
  #reached = new Map(); // id: offset after the last received bytes
  #unfinished = new Map(); // id: total bytes

  /**
   * onComplete: called with ID and record before a package enters the inbox; returns a note
   * for the log. onArrived: called with the ID afterwards; until then the record has `told:
   * false`, so that a kill in between loses nothing.
   */
  constructor({ inbox, log, expiresAfter, emptyAfter = EMPTY_AFTER, onComplete, onArrived }) {
    const directory = path.join(inbox, ".incoming");
    const records = new Records(directory);
    super({
      directory,
      configstore: records,
      expirationPeriodInMilliseconds: expiresAfter,
    });
    this.inbox = inbox;
    this.records = records;
    this.reservations = new Reservations({
      folder: directory,
      look: (id) => this.#look(id),
    });
    this.emptyAfter = emptyAfter;
    this.onComplete = onComplete;
    this.onArrived = onArrived;
    this.#log = log;
  }

  /** Replaced, because that of tus creates a folder for everyone and crashes if it can't. */
  checkOrCreateDirectory() {}

  /**
   * Create the folders and finish uploads that a crash left complete but outside the inbox.
   */
  async open(group) {
    await openFolder(this.directory, 0o750, group);
    for await (const [id, record] of this.all()) {
      if (record.finished) continue;
      await this.getUpload(id).catch((error) => this.#log?.error(error, id));
      const now = await this.records.get(id);
      if (!now || now.finished) continue;
      this.#unfinished.set(id, now.size);
      await this.reservations.restore(id, now.size);
    }
  }

  /** Yield each share with its record; log and skip unreadable ones. */
  async *all() {
    for (const id of await this.records.list()) {
      try {
        const record = await this.records.get(id);
        if (record !== undefined) yield [id, record];
      } catch (error) {
        this.#log?.error(error);
      }
    }
  }

  /** Return the received bytes of an unfinished upload and the time of the last one. */
  async #look(id) {
    return fs.stat(this.resolve(id)).then(
      ({ size, mtimeMs }) => ({ arrived: size, lastByte: mtimeMs }),
      () => ({ arrived: 0, lastByte: -Infinity }),
    );
  }

  /** Reserve space for an upload, or log the reservations and throw. */
  async #hold(id, size) {
    try {
      await this.reservations.hold(id, size);
    } catch (error) {
      if (error === NO_ROOM) {
        const { bytes, uploads, free } = await this.reservations.state();
        const held = `${free} free, ${bytes} of them reserved by ${uploads} uploads`;
        this.#log?.often("no room", `no room for ${id} of ${size} bytes: ${held}`);
      }
      throw error;
    }
  }

  packageOf(id) {
    return path.join(this.inbox, `${id}.tar.age`);
  }

  /** Return the path of a package; undefined if it was taken away. */
  async placeOf(id) {
    const file = this.packageOf(id);
    return (await exists(file)) ? file : undefined;
  }

  #removed(id) {
    return path.join(this.inbox, ".withdrawals", `${id}.removed`);
  }

  /**
   * Take a package out of the inbox to delete it; return whether that worked. An officer may
   * take it at the same moment, and only one of the two renames succeeds.
   */
  async take(id) {
    const removed = this.#removed(id);
    try {
      await fs.rename(this.packageOf(id), removed);
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
      if (!(await exists(removed))) return false;
    }
    await syncFolder(path.dirname(removed));
    return true;
  }

  /** Delete a package that was taken out. */
  async destroy(id) {
    const removed = this.#removed(id);
    await fs.rm(removed, { force: true });
    await syncFolder(path.dirname(removed));
  }

  /** Like that of tus, but a known share keeps its received bytes. */
  async create(upload) {
    const known = await this.records.get(upload.id);
    if (known !== undefined) {
      const same = (name) => known.metadata?.[name] === upload.metadata[name];
      if (known.size !== upload.size || !same("home") || !same("ledger")) throw CONFLICT;
      if (known.finished || (await exists(this.resolve(upload.id)))) return upload;
    } else await this.#hold(upload.id, upload.size);
    try {
      await super.create(upload);
    } catch (error) {
      if (known === undefined) {
        this.reservations.release(upload.id);
        await fs.rm(this.resolve(upload.id), { force: true }).catch(() => undefined);
      }
      throw error;
    }
    this.#unfinished.set(upload.id, upload.size);
    this.#reached.set(upload.id, 0);
    this.#log?.say(`begun ${upload.id} ${upload.size} bytes`);
    return upload;
  }

  /** Like that of tus, but errors are passed to the caller. */
  async write(readable, id, offset) {
    if (this.#reached.get(id) !== offset) {
      const text = `resumed ${id} at ${offset} of ${this.#unfinished.get(id)} bytes`;
      this.#log?.often("resumed", text);
    }
    this.#reached.delete(id);
    await this.#hold(id, this.#unfinished.get(id) ?? (await this.records.get(id)).size);
    const file = createWriteStream(this.resolve(id), { flags: "r+", start: offset });
    await pipeline(readable, file);
    this.#reached.set(id, offset + file.bytesWritten);
    return offset + file.bytesWritten;
  }

  async getUpload(id) {
    let record = await this.records.get(id);
    if (record?.finished) return this.#finished(id, record);
    let upload;
    try {
      upload = await super.getUpload(id);
    } catch (error) {
      await this.#finishing.get(id);
      record = await this.records.get(id);
      if (record?.finished) return this.#finished(id, record);
      // Killed between the rename and updating the record.
      const moved = record?.sha256 !== undefined || (await exists(this.packageOf(id)));
      if (record === undefined || !moved) throw error;
      await this.#noteArrival(id, record);
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

  /** Move a complete upload into the inbox, once for concurrent calls. */
  finish(id) {
    let work = this.#finishing.get(id);
    if (work === undefined) {
      work = this.#move(id).finally(() => this.#finishing.delete(id));
      this.#finishing.set(id, work);
    }
    return work;
  }

  async #move(id) {
    let record = await this.records.get(id);
    if (record?.finished) return;
    const file = this.resolve(id);
    const handle = await fs.open(file, "r+");
    try {
      await handle.chmod(0o640).catch(() => undefined); // created by another user
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (record.sha256 === undefined) {
      record = { ...record, sha256: await digestOf(file), received_at: new Date().toISOString() };
      await this.records.set(id, record);
    }
    const more = await this.onComplete?.(id, record);
    await fs.rename(file, this.packageOf(id));
    await syncFolder(this.inbox);
    await this.#noteArrival(id, record, more);
  }

  async #noteArrival(id, record, more) {
    const told = this.tells && { told: false };
    await this.records.set(id, { ...record, finished: true, ...told });
    this.#forget(id);
    this.#log?.say(`arrived ${id} ${record.size} bytes${more ? `, ${more}` : ""}`);
    this.onArrived?.(id, record.size);
  }

  /** Record that the officer's command ran for a package. */
  async noteTold(id) {
    const record = await this.records.get(id);
    await this.records.set(id, { ...record, told: new Date().toISOString() });
  }

  #forget(id) {
    this.#unfinished.delete(id);
    this.#reached.delete(id);
    this.reservations.release(id);
  }

  async remove(id) {
    await super.remove(id);
    this.#forget(id);
    this.#log?.say(`removed ${id}, its home gave up`);
  }

  /** Remove abandoned uploads. */
  async deleteExpired() {
    const now = Date.now();
    let removed = 0;
    for await (const [id, record] of this.all()) {
      if (record.finished) continue;
      const { size, mtimeMs } = await fs
        .stat(this.resolve(id))
        .catch(() => ({ size: 0, mtimeMs: 0 }));
      // It may have just been moved into the inbox, and its record is updated soon.
      if (mtimeMs === 0 && (await this.records.get(id))?.sha256 !== undefined) continue;
      if (now - mtimeMs < (size ? this.getExpiration() : this.emptyAfter)) continue;
      await fs.rm(this.resolve(id), { force: true });
      await this.records.delete(id);
      this.#forget(id);
      this.#log?.say(`removed ${id}, ${size ? "its home didn't finish it" : "no byte came"}`);
      removed += 1;
    }
    return removed;
  }
}
