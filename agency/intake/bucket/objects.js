// The S3 operations that an intake needs.

import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { about } from "./away.js";
import { Room } from "./room.js";

const AWAY = 5000; // milliseconds to connect
const SILENT = 15_000; // milliseconds without data
const LONGEST = 45_000; // milliseconds with all retries: homes wait a minute
const SLOWEST = 1000; // bytes per millisecond when reading
const ATTEMPTS = 3;
const AT_ONCE = 256;
const IN_MEMORY = 16; // parts
const MISSING = new Set(["NoSuchKey", "NotFound", "NoSuchUpload", "404"]);
const NOT_OFFERED = new Set([400, 405, 501]);
export const OTHER_SIZE = "object of other size";

export const isMissing = (error) => MISSING.has(error?.name);

const md5 = (bytes) => createHash("md5").update(bytes).digest("base64");

export class Objects {
  #bucket;
  #client;
  #room = new Room(IN_MEMORY, LONGEST);

  constructor({ bucket, endpoint }) {
    this.#bucket = bucket;
    this.#client = new S3Client({
      region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1",
      ...(endpoint && { endpoint, forcePathStyle: true }),
      maxAttempts: ATTEMPTS,
      // All stores check Content-MD5.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: AWAY,
        socketTimeout: SILENT,
        httpAgent: { maxSockets: AT_ONCE },
        httpsAgent: { maxSockets: AT_ONCE },
      },
    });
    // The signature covers the MD5. Signing a SHA-256 of the same bytes would take another
    // tenth of the intake's CPU time.
    this.#client.middlewareStack.add(
      (next) => (asked) => {
        const { headers } = asked.request;
        if (headers["content-md5"]) headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
        return next(asked);
      },
      { step: "build" },
    );
  }

  async #send(Command, input, longest = LONGEST) {
    const abortSignal = AbortSignal.timeout(longest);
    try {
      const command = new Command({ Bucket: this.#bucket, ...input });
      return await this.#client.send(command, { abortSignal });
    } catch (error) {
      // Don't pass on AbortError, which tus interprets differently.
      return about("bucket")(abortSignal.aborted ? { code: "too slow" } : error);
    }
  }

  async check() {
    await this.#send(HeadBucketCommand, {});
  }

  /** Throw if there are no credentials. */
  async findCredentials() {
    await this.#client.config.credentials();
  }

  /** Store the bytes that `take` returns, once there is memory for them. */
  put(Key, take) {
    return this.#room.use(async () => {
      const bytes = await take();
      await this.#send(PutObjectCommand, { Key, Body: bytes, ContentMD5: md5(bytes) });
    });
  }

  async begin(Key) {
    return (await this.#send(CreateMultipartUploadCommand, { Key })).UploadId;
  }

  /** Store a part; return its ETag. */
  putPart(Key, UploadId, PartNumber, take) {
    return this.#room.use(async () => {
      const bytes = await take();
      const input = { Key, UploadId, PartNumber, Body: bytes, ContentMD5: md5(bytes) };
      return (await this.#send(UploadPartCommand, input)).ETag;
    });
  }

  /** Complete an object. The store rejects parts that don't match their ETags. */
  async complete(Key, UploadId, parts) {
    const Parts = parts.map(({ number, tag }) => ({ PartNumber: number, ETag: tag }));
    await this.#send(CompleteMultipartUploadCommand, {
      Key,
      UploadId,
      MultipartUpload: { Parts },
    });
  }

  async sizeOf(Key) {
    try {
      return (await this.#send(HeadObjectCommand, { Key })).ContentLength;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Yield the bytes of an object, which must have this size. */
  async *read(Key, size) {
    const { Body } = await this.#send(GetObjectCommand, { Key }, LONGEST + Math.ceil(size / SLOWEST));
    let read = 0;
    try {
      for await (const chunk of Body) {
        read += chunk.length;
        yield chunk;
      }
      if (read !== size) throw Object.assign(new Error("short"), { code: OTHER_SIZE });
    } catch (error) {
      about("bucket")(error);
    }
  }

  async digestOf(Key, size) {
    const hash = createHash("sha256");
    for await (const chunk of this.read(Key, size)) hash.update(chunk);
    return hash.digest("hex");
  }

  async #deleteOne(input) {
    await this.#send(DeleteObjectCommand, input).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  }

  /** Delete older versions of the objects that `isMeant` selects. */
  async #deleteVersions(Prefix, isMeant) {
    let found;
    try {
      found = await this.#send(ListObjectVersionsCommand, { Prefix });
    } catch (error) {
      if (NOT_OFFERED.has(error.$metadata?.httpStatusCode)) return; // no versions
      throw error;
    }
    for (const { Key, VersionId } of [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])])
      if (isMeant(Key)) await this.#deleteOne({ Key, VersionId });
  }

  async delete(Key) {
    await this.#deleteOne({ Key });
    await this.#deleteVersions(Key, (name) => name === Key);
  }

  /** Delete all objects below a prefix, also those that are not recorded. */
  async deleteBelow(Prefix) {
    let ContinuationToken;
    do {
      const found = await this.#send(ListObjectsV2Command, { Prefix, ContinuationToken });
      for (const { Key } of found.Contents ?? []) await this.#deleteOne({ Key });
      ContinuationToken = found.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    await this.#deleteVersions(Prefix, (name) => name.startsWith(Prefix));
  }

  async abort(Key, UploadId) {
    await this.#send(AbortMultipartUploadCommand, { Key, UploadId }).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  }

  /**
   * Remove a part that isn't in the object. Swift keeps such parts: there, aborting an upload
   * whose name ends with the part's number deletes it. Other stores don't know that upload.
   */
  async dropPart(Key, UploadId, number) {
    await this.abort(Key, `${UploadId}/${number}`).catch((error) => {
      if (!NOT_OFFERED.has(error.$metadata?.httpStatusCode)) throw error;
    });
  }

  /** Abort all multipart uploads below a prefix, also those that are not recorded. */
  async abortAll(Prefix) {
    const { Uploads = [] } = await this.#send(ListMultipartUploadsCommand, { Prefix });
    for (const { Key, UploadId } of Uploads) {
      if (Key.startsWith(Prefix)) await this.abort(Key, UploadId);
    }
  }

  close() {
    this.#client.destroy();
  }
}
