// What kind of inbox an address names, without loading what only one of them needs.

export const isBucket = (inbox) => inbox.startsWith("s3://");
