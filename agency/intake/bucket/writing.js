// One request that brings bytes of an upload, from its first byte to its last.
//
// What is noted of an upload (shares.upload):
//   offset    bytes that were acknowledged: those of the parts, and of the tail
//   writers   who wrote last, a UUID for each request. All names in the bucket are made of it,
//             so no name is written twice by two, and what a killed one left is known
//   key, upload_id   the object of many parts, once there is a part
//   parts     number, tag, and size of each
//   next      a part number that no one used. A late writer's part has another number than
//             any that counts, and isn't in the list that completes the object
//   tail      the name and size of what is less than a part, as an object of its own
//
// Each note says which writer was the last one, and fails if it is another now.

import { createHash, randomUUID } from "node:crypto";
import { refusal } from "../src/refusals.js";
import { OTHER_SIZE, isMissing } from "./objects.js";
import { Scratch } from "./scratch.js";

const PART = 8 * 1024 ** 2; // S3 wants at least 5 MiB, except of the last
const MOST_WRITERS = 100; // a home may need any number of requests
const MOST_PARTS = 500; // half of the 1,000 that Swift allows: killed requests leave gaps
// Stores say so when parts are gone or are not what their tags say.
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

/** What is noted when the store lost what had arrived. */
const restarted = ({ next, writers }) => ({ ...NOTHING, next, writers });

/** The objects that a request may have made. */
const namesOf = (writer, prefix) => [`${prefix}${writer}`, `${prefix}${writer}.tail`];

const lastOf = ({ writers }) => writers.at(-1) ?? null;

export class Writing {
  #hash;
  #id;
  #name; // of what it puts into the bucket
  #objects;
  #partSize;
  #prefix;
  #records;
  #scratch = new Scratch();
  #size;
  #upload;
  #writer = randomUUID();

  /** prefix: of the names of this share. known: the digest so far, and by which writer. */
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

  /** The digest so far; undefined where this process didn't see all bytes. */
  get hash() {
    return this.#hash;
  }

  /** Become the one who writes. */
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

  /** Those who wrote, without one of long ago when they are many: what it left is removed. */
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

  /** Note what was put, or remove it when another one writes by now: no one would ever. */
  async #keep(noted, remove) {
    try {
      await noted;
    } catch (error) {
      if (error === CONTINUED) await remove().catch(() => undefined);
      throw error;
    }
  }

  /** Forget what had arrived, since the store did. */
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
    // Reserved first: whoever comes after a kill uses another number.
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
    if (tail !== null) await this.#objects.delete(tail.key).catch(() => undefined); // later, then
  }

  /** Note what came, and complete the object when that is all; returns whether it is. */
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

/** Make one object of all parts. May be called again: the store may lose its answer. */
export async function complete(id, upload, size, objects, records) {
  const { key, upload_id, parts } = upload;
  try {
    await objects.complete(key, upload_id, parts);
  } catch (error) {
    if (!BROKEN.has(error.name)) throw error;
  }
  // No other upload has this name: what is there was made of these parts.
  if ((await objects.sizeOf(key)) === size) {
    await noteArrived(id, upload, key, records);
    return;
  }
  if (!(await records.noteUpload(id, lastOf(upload), restarted(upload)))) throw CONTINUED;
  throw AGAIN;
}

/** Remove what requests left in the bucket besides the object that counts. */
export async function clear({ key, next, parts, upload_id, writers }, prefix, object, objects) {
  const whole = object !== undefined && writers.length === 1; // by one request
  for (const writer of whole ? [] : writers) {
    for (const name of namesOf(writer, prefix)) {
      if (name !== object) await objects.delete(name);
    }
  }
  if (whole && next === 1) return; // without parts
  await objects.abortAll(prefix);
  if (key === null) return;
  const known = new Set(parts.map(({ number }) => number));
  for (let number = 1; number < next; number += 1) {
    if (!known.has(number)) await objects.dropPart(key, upload_id, number);
  }
}
