// The official tus server and nothing else, to compare with: node plain_tus.mjs PORT FOLDER,
// or PORT s3://BUCKET with the endpoint in S3 and the credentials in the AWS variables.

import http from "node:http";

const intake = new URL("../agency/intake/", import.meta.url);
const load = (name, of = "") =>
  import(new URL(`${of}node_modules/@tus/${name}/dist/index.js`, intake));
const [port, where] = process.argv.slice(2);
const bucket = /^s3:\/\/([^/]+)$/.exec(where)?.[1];

async function makeStore() {
  if (bucket === undefined) {
    const { FileStore } = await load("file-store");
    return new FileStore({ directory: where });
  }
  const { S3Store } = await load("s3-store", "bucket/");
  return new S3Store({
    partSize: 8 * 1024 * 1024,
    // More at once, and what a killed server leaves is a file with a hole.
    maxConcurrentPartUploads: Number(process.env.PARTS ?? 1),
    useTags: false,
    s3ClientConfig: {
      bucket,
      region: process.env.AWS_REGION,
      endpoint: process.env.S3,
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    },
  });
}

const { Server } = await load("server");
const tus = new Server({
  path: "/uploads",
  datastore: await makeStore(),
  relativeLocation: true,
  namingFunction: (_request, metadata) => metadata.share_id,
});
const server = http.createServer((request, response) => tus.handle(request, response));
server.requestTimeout = 0;
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on ${port}`));
