// What kind of inbox an address names, without loading what only one of them needs.

export const isBucket = (inbox) => inbox.startsWith("s3://");

// A name as every store allows it.
const BUCKET =
  /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)\/?$/;

/** The bucket that an address names, and the folder in it (or ""); undefined when it is none. */
export function readBucket(inbox) {
  const [, bucket, folder] = BUCKET.exec(inbox) ?? [];
  return bucket && { bucket, folder: folder.slice(1) };
}
