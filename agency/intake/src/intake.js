// The intake: an official tus server, an upload code, limits, and the agency's public files.

import { createHash, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { Server } from "@tus/server";
import { InboxStore } from "./store.js";

const SHARE_ID = /^[A-Za-z0-9_-]{16,64}$/;
const UPLOADS = "/uploads";
// Names of public files: no hidden ones but .well-known, nothing that leads elsewhere.
const PUBLIC = /^\/(?:\.well-known\/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;
const MINUTE = 60_000;

const refusal = (status_code, body) => ({ status_code, body: `${body}\n` });
const digest = (text) => createHash("sha256").update(text, "utf8").digest();

/** A limit on how many new uploads begin in a minute, of everybody together. */
function rateLimit(perMinute) {
  let began = 0;
  let count = 0;
  return () => {
    const now = Date.now();
    if (now - began >= MINUTE) {
      began = now;
      count = 0;
    }
    count += 1;
    if (count > perMinute) throw refusal(429, "Too many uploads, try again later");
  };
}

async function sendPublicFile(folder, request, response) {
  const { pathname } = new URL(request.url, "http://intake");
  if (folder && PUBLIC.test(pathname)) {
    const root = await fs.realpath(folder).catch(() => undefined);
    const file = await fs.realpath(path.join(folder, pathname)).catch(() => undefined);
    const stat = file && (await fs.stat(file).catch(() => undefined));
    if (root && stat?.isFile() && file.startsWith(root + path.sep)) {
      response.writeHead(200, {
        "Content-Type": "application/octet-stream",
        "Content-Length": stat.size,
        "X-Content-Type-Options": "nosniff",
      });
      if (request.method === "HEAD") response.end();
      else await pipeline(createReadStream(file), response);
      return;
    }
  }
  answer(response, 404, "Not found");
}

function answer(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain" });
  response.end(`${text}\n`);
}

/**
 * Make the intake's HTTP server; the caller listens.
 *
 * inbox: folder for finished packages. publicFolder: what is served to everybody.
 * uploadCode: asked for as a bearer token when given. maxBytes: of one package.
 * perMinute: new uploads of all homes together. expiresAfter: milliseconds that an
 * unfinished upload is kept after its last byte.
 */
export async function makeIntake({
  inbox,
  publicFolder,
  uploadCode,
  maxBytes = 2 * 1024 ** 3,
  perMinute = 60,
  expiresAfter = 14 * 24 * 60 * MINUTE,
}) {
  await fs.mkdir(inbox, { recursive: true, mode: 0o700 });
  const store = new InboxStore({ inbox, expiresAfter });
  await store.open();
  const expected = uploadCode ? digest(uploadCode) : undefined;
  const checkRate = rateLimit(perMinute);

  const authorized = (header) => {
    if (expected === undefined) return true;
    const token = /^Bearer (.+)$/i.exec(header ?? "")?.[1];
    return token !== undefined && timingSafeEqual(digest(token), expected);
  };

  const tus = new Server({
    path: UPLOADS,
    datastore: store,
    maxSize: maxBytes,
    // Behind a proxy that ends TLS only the path is sure to be right.
    relativeLocation: true,
    disableTerminationForFinishedUploads: true,
    namingFunction: async (_request, metadata) => {
      const id = metadata?.share_id;
      if (!id || !SHARE_ID.test(id)) throw refusal(400, "share_id is missing or malformed");
      if ((await store.records.get(id)) === undefined) checkRate();
      return id;
    },
    onUploadCreate: async (_request, upload) => {
      if (!upload.size) throw refusal(400, "Upload-Length is needed");
      return {};
    },
    onUploadFinish: async (_request, upload) => {
      await store.finish(upload.id);
      return {};
    },
    getFileIdFromRequest: (request) => {
      const { pathname } = new URL(request.url, "http://intake");
      const id = pathname.slice(UPLOADS.length + 1);
      return SHARE_ID.test(id) ? id : undefined;
    },
  });

  const server = http.createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, "http://intake");
      const uploads = pathname === UPLOADS || pathname.startsWith(`${UPLOADS}/`);
      if (!uploads) {
        if (request.method === "GET" || request.method === "HEAD") {
          await sendPublicFile(publicFolder, request, response);
        } else {
          answer(response, 405, "Only GET and HEAD");
        }
      } else if (!authorized(request.headers.authorization)) {
        answer(response, 401, "Upload code needed");
      } else if (request.method === "GET") {
        answer(response, 405, "What was sent is not handed out"); // tus would
      } else {
        await tus.handle(request, response);
      }
    } catch (error) {
      console.error(`request failed: ${error.code ?? error.name}`);
      if (!response.headersSent) answer(response, 500, "Something went wrong");
      else response.destroy();
    }
  });
  // A package on a slow line takes longer than Node's 5 minutes for a whole request;
  // what ends one instead is 2 minutes without a byte.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  server.timeout = 120_000;

  const cleaning = setInterval(() => {
    store.deleteExpired().catch((error) => console.error(`cleaning failed: ${error.code}`));
  }, 60 * MINUTE);
  cleaning.unref();
  server.on("close", () => clearInterval(cleaning));
  return server;
}
