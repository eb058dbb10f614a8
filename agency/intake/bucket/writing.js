// Writes the bytes of one request of an upload to the bucket.
//
// The state of an upload (shares.upload):
//   offset    acknowledged bytes: those of the parts and of the tail
//   writers   a UUID for each request. It starts the names of all objects that the request
//             creates, so that no name is written by two requests, and what a killed request
//             left can be found
//   key, upload_id   the multipart upload, once there is a part
//   parts     number, ETag, and size of each
//   next      the next unused part number. Parts of a late writer have other numbers, which
//             are not in the list that completes the object
//   tail      name and size of an object with the bytes that don't fill a part yet
//
// Each change names the last writer, and fails if there is a newer one.

import { createHash, randomUUID } from "node:crypto";
import { refusal } from "../src/refusals.js";
import { OTHER_SIZE, isMissing } from "./objects.js";
import { Scratch } from "./scratch.js";

const PART = 8 * 1024 ** 2; // S3 requires at least 5 MiB, except for the last part
const MOST_WRITERS = 100; // a home may need any number of requests
const MOST_PARTS = 500; // half of Swift's 1,000: killed requests leave gaps
// Errors of stores when parts are missing or don't match their ETags.
const BROKEN = new Set(["InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchUpload"]);

export const NOTHING = {
  offset: 0,
  writers: [],
  key: null,
  upload_id: null,
  parts: [],
  next: 1,
  tail: null,
};

const CONTINUED = refusal(409, "Another request continues this upload");
const AGAIN = refusal(409, "What had arrived is gone. Send it from the start");

/** The state after the store lost the received parts. */
const restarted = ({ next, writers }) => ({ ...NOTHING, next, writers });

/** The objects that a request may have created. */
const namesOf = (writer, prefix) => [`${prefix}${writer}`, `${prefix}${writer}.tail`];

const lastOf = ({ writers }) => writers.at(-1) ?? null;

export class Writing {
  #hash;
  #id;
  #name; // the object of this request
  #objects;
  #partSize;
  #prefix;
  #records;
  #scratch = new Scratch();
  #size;
  #upload;
  #writer = randomUUID();

  /** prefix: of the object names of this share. known: the digest so far, and its writer. */
  constructor({ id, objects, prefix, records, size }) {
    this.#id = id;
    this.#objects = objects;
    this.#prefix = prefix;
    this.#records = records;
    this.#size = size;
    this.#partSize = Math.max(PART, Math.ceil(size / MOST_PARTS));
    this.#name = `${prefix}${this.#writer}`;
  }

  get writer() {
    return this.#writer;
  }

  get offset() {
    return this.#upload.offset;
  }

  /** The digest so far; undefined if this process didn't see all bytes. */
  get hash() {
    return this.#hash;
  }

  /** Become the writer of the upload. */
  async begin({ state, upload }, offset, known) {
    if (state !== "begun" || upload.offset !== offset) throw CONTINUED;
    const before = lastOf(upload);
    if (offset === 0) this.#hash = createHash("sha256");
    else if (known?.writer === before && known?.offset === offset) this.#hash = known.hash;
    this.#upload = upload;
    const writers = await this.#forget(upload);
    await this.#note({ writers: [...writers, this.#writer] }, before);
    const { tail } = this.#upload;
    if (tail === null) return;
    try {
      for await (const chunk of this.#objects.read(tail.key, tail.size))
        await this.#scratch.add(chunk);
    } catch (error) {
      if (isMissing(error) || error.code === OTHER_SIZE) await this.#restart();
      throw error;
    }
  }

  /** Return the writers; of too many, remove the oldest unused one with its objects. */
  async #forget({ key, tail, writers }) {
    if (writers.length < MOST_WRITERS) return writers;
    const oldest = writers.find((writer) => !`${key} ${tail?.key}`.includes(writer));
    for (const name of namesOf(oldest, this.#prefix)) await this.#objects.delete(name);
    return writers.filter((writer) => writer !== oldest);
  }

  async #note(changes, writer = this.#writer) {
    const upload = { ...this.#upload, ...changes };
    if (!(await this.#records.noteUpload(this.#id, writer, upload))) throw CONTINUED;
    this.#upload = upload;
  }

  /**
   * Wait for a change; if there is a newer writer, remove the object that would be orphaned.
   */
  async #keep(noted, remove) {
    try {
      await noted;
    } catch (error) {
      if (error === CONTINUED) await remove().catch(() => undefined);
      throw error;
    }
  }

  /** Start the upload again, because the store lost its parts. */
  async #restart() {
    await this.#note(restarted(this.#upload));
    throw AGAIN;
  }

  get #received() {
    const parts = this.#upload.parts.reduce((sum, { size }) => sum + size, 0);
    return parts + this.#scratch.size;
  }

  async add(chunk) {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#partSize - this.#scratch.size);
      await this.#scratch.add(taken);
      rest = rest.subarray(taken.length);
      if (this.#scratch.size === this.#partSize && this.#received < this.#size)
        await this.#putPart();
    }
    this.#hash?.update(chunk);
  }

  async #putPart() {
    const { size } = this.#scratch;
    const { next: number, tail } = this.#upload;
    let { key, upload_id } = this.#upload;
    if (upload_id === null) [key, upload_id] = [this.#name, await this.#objects.begin(this.#name)];
    // Reserve the number before the upload, so that it isn't reused after a kill.
    await this.#note({ key, upload_id, next: number + 1 });
    let tag;
    try {
      tag = await this.#objects.putPart(key, upload_id, number, () => this.#scratch.take());
    } catch (error) {
      if (error.name === "NoSuchUpload") await this.#restart();
      throw error;
    }
    const parts = [...this.#upload.parts, { number, tag, size }];
    const offset = parts.reduce((sum, part) => sum + part.size, 0);
    await this.#keep(this.#note({ parts, tail: null, offset }), () =>
      this.#objects.dropPart(key, upload_id, number),
    );
    if (tail !== null) await this.#objects.delete(tail.key).catch(() => undefined); // removed later
  }

  /**
   * Store the remaining bytes; complete the object if all arrived; return whether they did.
   */
  async end() {
    if (this.#received === this.#size) {
      if (this.#upload.parts.length === 0) {
        await this.#objects.put(this.#name, () => this.#scratch.take());
        const upload = { ...this.#upload, offset: this.#size };
        const noted = noteArrived(this.#id, upload, this.#name, this.#records);
        await this.#keep(noted, () => this.#objects.delete(this.#name));
        this.#upload = upload;
        return true;
      }
      if (this.#scratch.size > 0) await this.#putPart();
      await complete(this.#id, this.#upload, this.#size, this.#objects, this.#records);
      return true;
    }
    if (this.#scratch.size > 0 && this.#received > this.#upload.offset) {
      const { tail: before } = this.#upload;
      const offset = this.#received;
      const tail = { key: `${this.#name}.tail`, size: this.#scratch.size };
      await this.#objects.put(tail.key, () => this.#scratch.take());
      await this.#keep(this.#note({ tail, offset }), () => this.#objects.delete(tail.key));
      if (before !== null) await this.#objects.delete(before.key).catch(() => undefined);
    }
    return false;
  }

  close() {
    return this.#scratch.close();
  }
}

async function noteArrived(id, upload, object, records) {
  if (!(await records.noteArrived(id, lastOf(upload), object, upload))) throw CONTINUED;
}

/** Complete the object. Can be repeated, in case the store's answer was lost. */
export async function complete(id, upload, size, objects, records) {
  const { key, upload_id, parts } = upload;
  try {
    await objects.complete(key, upload_id, parts);
  } catch (error) {
    if (!BROKEN.has(error.name)) throw error;
  }
  // The name is unique to this upload, so an object of this name consists of these parts.
  if ((await objects.sizeOf(key)) === size) {
    await noteArrived(id, upload, key, records);
    return;
  }
  if (!(await records.noteUpload(id, lastOf(upload), restarted(upload)))) throw CONTINUED;
  throw AGAIN;
}

/** Remove the objects of an upload's requests, except the package. */
export async function clear({ key, next, parts, upload_id, writers }, prefix, object, objects) {
  const whole = object !== undefined && writers.length === 1; // a single request
  for (const writer of whole ? [] : writers) {
    for (const name of namesOf(writer, prefix)) {
      if (name !== object) await objects.delete(name);
    }
  }
  if (whole && next === 1) return; // no multipart upload
  await objects.abortAll(prefix);
  if (key === null) return;
  const known = new Set(parts.map(({ number }) => number));
  for (let number = 1; number < next; number += 1) {
    if (!known.has(number)) await objects.dropPart(key, upload_id, number);
  }
}
