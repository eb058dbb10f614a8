// The intake: an official tus server, an upload code, limits, and the agency's public files.

import { createHash, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { Server } from "@tus/server";
import { Agency } from "./agency.js";
import { Receipts } from "./receipts.js";
import { InboxStore } from "./store.js";
import { Withdrawals } from "./withdrawals.js";

const SHARE_ID = /^[A-Za-z0-9_-]{16,64}$/;
const HOME = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/; // 32 bytes in base64url
const LEDGER = /^[0-9a-f]{64}$/;
const UPLOADS = "/uploads";
const RECEIPT = /^\/receipts\/([A-Za-z0-9_-]{16,64})$/;
const WITHDRAWALS = "/withdrawals";
const LARGEST_WITHDRAWAL = 64 * 1024;
// Names of public files: no hidden ones but .well-known, nothing that leads elsewhere.
const PUBLIC = /^\/(?:\.well-known\/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;
const MINUTE = 60_000;

const refusal = (status_code, body) => ({ status_code, body: `${body}\n` });
const digest = (text) => createHash("sha256").update(text, "utf8").digest();

/** A limit on how many of something begin in a minute, of everybody together. */
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
    if (count > perMinute) throw refusal(429, "Too many requests, try again later");
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

function sendJws(response, token, method) {
  response.writeHead(200, {
    "Content-Type": "application/jose",
    "Content-Length": Buffer.byteLength(token),
    "Cache-Control": "no-store",
  });
  response.end(method === "HEAD" ? undefined : token);
}

/** A short body, whose length must be known before it is read. */
async function readBody(request, limit) {
  const length = request.headers["content-length"];
  if (length === undefined) throw refusal(411, "Content-Length is required");
  if (Number(length) > limit) throw refusal(413, "Too large");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1"); // a JWS is ASCII
}

function answer(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain", "Cache-Control": "no-store" });
  response.end(`${text}\n`);
}

/**
 * Make the intake's HTTP server; the caller listens.
 *
 * inbox: folder for finished packages. publicFolder: what is served to everybody.
 * uploadCode: asked for as a bearer token when given. maxBytes: of one package.
 * perMinute: new uploads, and withdrawals, of all homes together. expiresAfter: milliseconds
 * that an unfinished upload is kept after its last byte. signingKey: makes receipts and
 * answers when the published document vouches for it.
 */
export async function makeIntake({
  inbox,
  publicFolder,
  uploadCode,
  maxBytes = 2 * 1024 ** 3,
  perMinute = 60,
  expiresAfter = 14 * 24 * 60 * MINUTE,
  signingKey,
}) {
  await fs.mkdir(inbox, { recursive: true, mode: 0o700 });
  const agency = new Agency({ publicFolder, signingKey });
  const receipts = new Receipts({ inbox, agency });
  // Without a receipt a package is still worth having: it is made at the next chance.
  const makeReceipt = (id, record) =>
    receipts
      .make(id, record)
      .catch((error) => console.error(`no receipt: ${error.code ?? error.message}`));
  const store = new InboxStore({ inbox, expiresAfter, onComplete: makeReceipt });
  const withdrawals = new Withdrawals({
    inbox,
    agency,
    receipts,
    store,
    checkRate: rateLimit(perMinute),
  });
  await receipts.open();
  await store.open();
  await withdrawals.open();
  for (const id of await store.records.list()) {
    const record = await store.records.get(id);
    if (record?.finished) await makeReceipt(id, record);
  }
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
      if (!HOME.test(metadata.home ?? "")) throw refusal(400, "home is missing or malformed");
      if (!LEDGER.test(metadata.ledger ?? "0".repeat(64))) throw refusal(400, "ledger is malformed");
      if ((await store.records.get(id)) === undefined) checkRate();
      return id;
    },
    onUploadCreate: async (_request, upload) => {
      if (!upload.size) throw refusal(400, "Upload-Length is required");
      // What else a client may have written there is not kept.
      const { share_id, home, ledger } = upload.metadata;
      return { metadata: ledger ? { share_id, home, ledger } : { share_id, home } };
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

  const sendReceipt = async (id, request, response) => {
    const record = await store.records.get(id);
    if (record?.finished) await makeReceipt(id, record);
    const token = await receipts.get(id);
    if (token === undefined) answer(response, 404, "No receipt yet");
    else sendJws(response, token, request.method);
  };

  const takeWithdrawal = async (request, response) => {
    const kind = (request.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
    if (kind !== "application/jose") throw refusal(415, "Only application/jose is accepted");
    const signed = await withdrawals.take(await readBody(request, LARGEST_WITHDRAWAL));
    if (signed !== undefined) sendJws(response, signed);
    else response.writeHead(202, { "Cache-Control": "no-store" }).end();
  };

  const server = http.createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, "http://intake");
      const uploads = pathname === UPLOADS || pathname.startsWith(`${UPLOADS}/`);
      const receipt = RECEIPT.exec(pathname)?.[1];
      if (pathname === WITHDRAWALS && request.method === "POST") {
        await takeWithdrawal(request, response);
      } else if (!uploads) {
        if (receipt && (request.method === "GET" || request.method === "HEAD")) {
          await sendReceipt(receipt, request, response);
        } else if (request.method === "GET" || request.method === "HEAD") {
          await sendPublicFile(publicFolder, request, response);
        } else {
          answer(response, 405, "Only GET and HEAD are allowed");
        }
      } else if (!authorized(request.headers.authorization)) {
        answer(response, 401, "Upload code required");
      } else if (request.method === "GET") {
        answer(response, 405, "Packages can't be downloaded"); // tus would
      } else {
        await tus.handle(request, response);
      }
    } catch (error) {
      if (error.status_code !== undefined && !response.headersSent) {
        response.shouldKeepAlive = request.complete; // the rest of a body is not read
        answer(response, error.status_code, error.body.trim());
        return;
      }
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
