// What kind of inbox an address names, without loading what only one of them needs.

export const isBucket = (inbox) => inbox.startsWith("s3://");

/** The npm packages that only intakes on an object store need. */
export const EXTRA = "@aws-sdk/client-s3 pg";
