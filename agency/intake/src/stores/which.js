// Detect the kind of an inbox without loading its modules.

export const isBucket = (inbox) => inbox.startsWith("s3://");

// Names that all stores allow.
const BUCKET =
  /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)\/?$/;

/**
 * Return the bucket of an address, and the folder in it (or ""); undefined if it is not a
 * bucket.
 */
export function readBucket(inbox) {
  const [, bucket, folder] = BUCKET.exec(inbox) ?? [];
  return bucket && { bucket, folder: folder.slice(1) };
}
