// Stores for several intakes: packages in an S3 bucket, records in PostgreSQL.
//
// An object's name is PREFIX SHARE/UUID. The record names the object that is the package.

import { DataStore, ERRORS, Upload } from "@tus/server";
import { nameOf } from "../src/log.js";
import { refusal } from "../src/refusals.js";
import { readBucket } from "../src/stores/which.js";
import { about } from "./away.js";
import { Objects } from "./objects.js";
import { PostgresRecords } from "./postgres.js";
import { sweep } from "./scratch.js";
import { NOTHING, Writing, clear, complete } from "./writing.js";

const CONFLICT = refusal(409, "This share already exists with a different size or home");
const EMPTY_AFTER = 60 * 60_000;
const MOST_HASHES = 10_000;
const FEW = 8; // requests; what more of them left is removed later

class BucketUploads extends DataStore {
  #expiresAfter;
  #finishing = new Map();
  #hashes = new Map(); // id: the digest so far, if this process saw all bytes
  #log;
  #objects;
  #place;
  #prefix;
  #records;
  #writing = new Set();

  constructor({ expiresAfter, log, objects, place, prefix, records }) {
    super();
    // Not "expiration": tus would use this machine's clock. tidy() removes old uploads.
    this.extensions = ["creation", "creation-with-upload", "termination"];
    this.#expiresAfter = expiresAfter;
    this.#log = log;
    this.#objects = objects;
    this.#place = place;
    this.#prefix = prefix;
    this.#records = records;
  }

  #prefixOf(id) {
    return `${this.#prefix}${id}/`;
  }

  async create(upload) {
    if (await this.#records.begin(upload, NOTHING)) {
      this.#log.say(`begun ${upload.id} ${upload.size} bytes`);
      return upload;
    }
    const known = await this.#records.share(upload.id);
    const same = (name) => known.metadata[name] === upload.metadata[name];
    if (known.size !== upload.size || !same("home") || !same("ledger")) throw CONFLICT;
    return upload;
  }

  async getUpload(id) {
    let record = await this.#records.share(id);
    if (record === undefined) throw ERRORS.FILE_NOT_FOUND;
    if (record.state === "begun" && record.upload.offset === record.size) {
      // A process was killed before it completed the object.
      await complete(id, record.upload, record.size, this.#objects, this.#records);
      record = await this.#records.share(id);
    }
    const { metadata, size, state, upload } = record;
    return new Upload({ id, metadata, offset: state === "begun" ? upload.offset : size, size });
  }

  async write(readable, id, offset) {
    const record = await this.#records.share(id);
    const writing = new Writing({
      id,
      objects: this.#objects,
      prefix: this.#prefixOf(id),
      records: this.#records,
      size: record.size,
    });
    const work = this.#write(writing, readable, id, offset, record);
    this.#writing.add(work);
    try {
      return await work;
    } finally {
      this.#writing.delete(work);
      await writing.close();
    }
  }

  async #write(writing, readable, id, offset, record) {
    const known = this.#hashes.get(id);
    this.#hashes.delete(id);
    let begun = false;
    let broken; // the error that ended the request early
    const chunks = readable[Symbol.asyncIterator]();
    for (;;) {
      let next;
      try {
        next = await chunks.next();
      } catch (error) {
        broken = error;
        break;
      }
      if (next.done) break;
      if (!begun) {
        if (offset > 0 && known?.offset !== offset)
          this.#log.often("resumed", `resumed ${id} at ${offset} of ${record.size} bytes`);
        await writing.begin(record, offset, known);
        begun = true;
      }
      await writing.add(next.value);
    }
    if (begun) {
      const { hash, writer } = writing;
      await writing.end();
      if (hash !== undefined) this.#remember(id, { hash, offset: writing.offset, writer });
    }
    if (broken !== undefined) throw broken;
    return begun ? writing.offset : offset;
  }

  #remember(id, seen) {
    if (this.#hashes.size >= MOST_HASHES) this.#hashes.delete(this.#hashes.keys().next().value);
    this.#hashes.set(id, seen);
  }

  finish(id) {
    let work = this.#finishing.get(id);
    if (work === undefined) {
      work = this.#records.locker
        .turn(`finish ${id}`, () => this.#finish(id))
        .finally(() => this.#finishing.delete(id));
      this.#finishing.set(id, work);
    }
    return work;
  }

  async #finish(id) {
    const record = await this.#records.share(id);
    if (!record?.arrived) return;
    const { object, size, upload } = record;
    const seen = this.#hashes.get(id);
    this.#hashes.delete(id);
    const whole = seen?.offset === size && seen.writer === upload.writers.at(-1);
    let digest = record.sha256;
    if (digest === undefined) {
      const found = whole ? seen.hash.digest("hex") : await this.#objects.digestOf(object, size);
      digest = await this.#records.noteDigest(id, found);
      if (digest !== found)
        throw Object.assign(new Error("two digests"), { code: "two digests" });
    }
    const more = await this.onComplete?.(id, { ...record, sha256: digest });
    if (!(await this.#records.noteFinished(id, !this.tells))) return; // another process did
    this.#log.say(`arrived ${id} ${size} bytes${more ? `, ${more}` : ""}`);
    this.onArrived?.(id, size);
    if (upload.writers.length <= FEW)
      await this.#clear(id, upload, object).catch((error) => this.#log.error(error, id));
  }

  async #clear(id, upload, object) {
    await clear(upload, this.#prefixOf(id), object, this.#objects);
    await this.#records.noteCleared(id);
  }

  async placeOf(id) {
    const record = await this.#records.share(id);
    return record?.state === "finished" ? `${this.#place}/${id}` : undefined;
  }

  take(id) {
    return this.#records.claim(id);
  }

  /** Delete everything, recorded or not: the home is told that nothing is left. */
  async destroy(id) {
    const { object, upload } = await this.#records.share(id);
    const prefix = this.#prefixOf(id);
    if (upload !== undefined) await this.#clear(id, upload, object); // they have its bytes, too
    await this.#objects.deleteBelow(prefix);
    // The inbox may have had another prefix when it arrived.
    if (object !== undefined && !object.startsWith(prefix)) await this.#objects.delete(object);
    await this.#records.noteGone(id);
  }

  async #remove(id, upload) {
    await clear(upload, this.#prefixOf(id), undefined, this.#objects);
    await this.#records.remove(id);
    this.#hashes.delete(id);
  }

  async remove(id) {
    const record = await this.#records.share(id);
    if (record?.state !== "begun") throw ERRORS.FILE_NOT_FOUND;
    await this.#remove(id, record.upload);
    this.#log.say(`removed ${id}, its home gave up`);
  }

  /** Finish the work of killed intakes, and remove abandoned uploads. */
  async tidy() {
    const each = async (ids, work) => {
      for (const id of ids) await work(id).catch((error) => this.#log.error(error, id));
    };
    await each(await this.#records.arrived(), (id) => this.finish(id));
    await each(await this.#records.uncleared(), (id) =>
      this.#records.alone(`clear ${id}`, async () => {
        const { object, upload } = await this.#records.share(id);
        if (upload !== undefined) await this.#clear(id, upload, object);
      }),
    );
    const stale = () => this.#records.stale(EMPTY_AFTER, this.#expiresAfter);
    await each(await stale(), (id) =>
      this.#records.alone(id, async () => {
        if (!(await stale()).includes(id)) return; // its home resumed it
        const { upload } = await this.#records.share(id);
        await this.#remove(id, upload);
        const why = upload.offset ? "its home didn't finish it" : "no byte came";
        this.#log.say(`removed ${id}, ${why}`);
      }),
    );
    await this.#records.forgetRates();
  }

  /** Wait for pending writes. */
  async close() {
    await Promise.allSettled(this.#writing);
  }
}

export class BucketStores {
  #bucket;
  #objects;
  hint = undefined;
  shared = true;

  constructor({ inbox, s3Endpoint, recordsUrl, expiresAfter, log }) {
    const { bucket, folder } = readBucket(inbox);
    const place = folder ? `s3://${bucket}/${folder}` : `s3://${bucket}`;
    this.#bucket = bucket;
    this.#objects = new Objects({ bucket, endpoint: s3Endpoint });
    this.records = new PostgresRecords({ url: recordsUrl, log });
    this.locker = this.records.locker;
    this.uploads = new BucketUploads({
      expiresAfter,
      log,
      place,
      objects: this.#objects,
      prefix: folder && `${folder}/`,
      records: this.records,
    });
  }

  async open() {
    await this.#objects.findCredentials().catch(about("bucket"));
    await this.check();
    await this.records.belongTo(this.#bucket);
    await sweep();
  }

  /** Throw if packages can't be stored. */
  async check() {
    await this.records.check();
    await this.#objects.check();
  }

  looks() {
    return [
      this.check().then(
        () => [],
        (error) => [`the ${error.what} can't be used: ${nameOf(error)}`],
      ),
    ];
  }

  async tidy() {
    await this.uploads.tidy();
  }

  async close() {
    await this.uploads.close();
    await this.records.close();
    this.#objects.close();
  }
}
