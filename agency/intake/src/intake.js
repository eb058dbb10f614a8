// The intake: a standard tus server with an upload code, limits, and the agency's public
// files.

import { createHash, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { ERRORS, Server } from "@tus/server";
import { Agency } from "./agency.js";
import { isFull } from "./files.js";
import { nameOf } from "./log.js";
import { Metrics, makeMetricsServer } from "./metrics.js";
import { OnPackage } from "./on_package.js";
import { MADE, Receipts, THERE } from "./receipts.js";
import { refusal } from "./refusals.js";
import { NO_ROOM, callerOf, callers } from "./reservations.js";
import { makeStores } from "./stores/index.js";
import { lookAround } from "./warnings.js";
import { Withdrawals } from "./withdrawals.js";

const SHARE_ID = /^[A-Za-z0-9_-]{16,64}$/;
const HOME = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/; // 32 bytes in base64url
const LEDGER = /^[0-9a-f]{64}$/;
const UPLOADS = "/uploads";
const RECEIPT = /^\/receipts\/([A-Za-z0-9_-]{16,64})$/;
const WITHDRAWALS = "/withdrawals";
const LARGEST_WITHDRAWAL = 64 * 1024;
// Names of public files: not hidden, and in no other folder than .well-known.
const PUBLIC = /^\/(?:\.well-known\/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
// The messages of tus may quote a header.
const REASONS = {
  400: "malformed",
  401: "upload code wrong or missing",
  404: "unknown share",
  405: "method not allowed",
  409: "other offset",
  410: "no longer here",
  412: "no tus version",
  413: "too large",
  501: "not offered",
};
const UNFINISHED = new Set(["ABORT_ERR", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"]);
const AWAY = refusal(503, "Try again later");
const LOCKED = refusal(423, "Another request has this upload"); // tus would answer 500

/**
 * Whether the home hung up, so that it resumes later; not a failure of bucket or database.
 */
const isUnfinished = (error) => UNFINISHED.has(error.code) && !error.what;

const digest = (text) => createHash("sha256").update(text, "utf8").digest();

function pathOf({ url }) {
  try {
    return new URL(url, "http://intake").pathname;
  } catch {
    throw refusal(400, "Malformed address"); // such as "//"
  }
}

async function sendPublicFile(folder, pathname, request, response) {
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

/** Read a short body with a Content-Length. */
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
 * Create the intake's HTTP servers without listening.
 *
 * inbox: folder for finished packages, or s3://BUCKET, at s3Endpoint and with records in the
 * PostgreSQL at recordsUrl. publicFolder: files for everyone. uploadCode: required as a bearer
 * token if set. maxBytes: of one package. perMinute: new uploads, and withdrawals, of all
 * homes together. expiresAfter: milliseconds after which an idle upload is removed.
 * signingKey: signs receipts and answers if the published document lists it. onPackage: a
 * program to run for each package. log: receives events.
 */
export async function makeIntake({
  inbox,
  s3Endpoint,
  recordsUrl,
  publicFolder,
  uploadCode,
  maxBytes = 2 * 1024 ** 3,
  perMinute = 60,
  expiresAfter = 14 * 24 * 60 * MINUTE,
  signingKey,
  onPackage,
  log,
}) {
  const stores = await makeStores({ inbox, s3Endpoint, recordsUrl, expiresAfter, log });
  const { records, uploads: store } = stores;
  const metrics = new Metrics();
  const agency = new Agency({ publicFolder, signingKey });
  const receipts = new Receipts({ records, agency });
  // Accept the package without a receipt, which is made later.
  const makeReceipt = async (id, record) => {
    try {
      return await receipts.make(id, record);
    } catch (error) {
      log.error(error, `receipt of ${id}`);
      return nameOf(error);
    }
  };
  const makeLate = async (id, record) => {
    if (record?.finished && (await makeReceipt(id, record)) === MADE)
      log.say(`receipt given ${id}`);
  };
  const makeAllLate = async () => {
    for await (const [id, record] of records.withoutReceipt()) await makeLate(id, record);
  };
  const announcer = new OnPackage({ command: onPackage, stores, log });
  const withdrawals = new Withdrawals({ agency, receipts, stores, perMinute, log });
  store.onComplete = async (id, record) => {
    const made = await makeReceipt(id, record);
    return made === MADE || made === THERE ? "receipt given" : `no receipt: ${made}`;
  };
  store.tells = onPackage !== undefined;
  store.onArrived = (id, size) => {
    metrics.arrived(size);
    if (onPackage) announcer.add(id);
  };
  await stores.open();
  await withdrawals.resume();
  await makeAllLate();
  if (onPackage) await announcer.addAll();
  const expected = uploadCode ? digest(uploadCode) : undefined;

  const authorized = (header) => {
    if (expected === undefined) return true;
    const token = /^Bearer (.+)$/i.exec(header ?? "")?.[1];
    return token !== undefined && timingSafeEqual(digest(token), expected);
  };

  const sharesOf = new WeakMap(); // request: its share number
  const told = new WeakSet(); // requests whose error was logged
  const namedIn = (request) => {
    const id = pathOf(request).slice(UPLOADS.length + 1);
    return SHARE_ID.test(id) ? id : undefined;
  };

  const sayRefused = (error, id = "") => {
    const { status_code: status, body, ours } = error;
    const reason = ours ? body.trim().toLowerCase() : (REASONS[status] ?? "refused");
    metrics.refused(status);
    const kind = `refused ${status} ${reason}`;
    log.often(kind, `refused ${id && `${id} `}${status} ${reason}`);
  };

  /** Log and count an error; return the answer to the home. */
  const meant = (error, id) => {
    if (error === ERRORS.ERR_LOCK_TIMEOUT) return meant(LOCKED, id);
    const full = isFull(error);
    if (!full && (error.status_code < 500 || error.status_code === 501 || error.ours)) {
      sayRefused(error, id);
      return error;
    }
    log.error(error, id);
    const wrong = error.what ? AWAY : refusal(500, "Something went wrong");
    const { status_code: status } = full ? NO_ROOM : wrong;
    metrics.refused(status);
    return full ? NO_ROOM : wrong;
  };

  const tus = new Server({
    path: UPLOADS,
    datastore: store,
    locker: stores.locker,
    maxSize: maxBytes,
    // Behind a proxy that ends TLS, only the path is reliable.
    relativeLocation: true,
    disableTerminationForFinishedUploads: true,
    namingFunction: async (request, metadata) => {
      const id = metadata?.share_id;
      if (!id || !SHARE_ID.test(id)) throw refusal(400, "share_id is missing or malformed");
      sharesOf.set(request, id);
      if (!HOME.test(metadata.home ?? "")) throw refusal(400, "home is missing or malformed");
      if (!LEDGER.test(metadata.ledger ?? "0".repeat(64)))
        throw refusal(400, "ledger is malformed");
      if ((await records.share(id)) === undefined) await records.limit("uploads", perMinute);
      return id;
    },
    onUploadCreate: async (_request, upload) => {
      if (!upload.size) throw refusal(400, "Upload-Length is required");
      // Drop other metadata of the client.
      const { share_id, home, ledger } = upload.metadata;
      return { metadata: ledger ? { share_id, home, ledger } : { share_id, home } };
    },
    onUploadFinish: async (_request, upload) => {
      await store.finish(upload.id);
      return {};
    },
    onResponseError: (request, error) => {
      told.add(request.node.req);
      // The home hung up or sent another request. (tus would answer 400: don't retry.)
      if (error === ERRORS.ABORTED || isUnfinished(error)) return AWAY;
      return meant(error, sharesOf.get(request) ?? namedIn(request));
    },
    getFileIdFromRequest: namedIn,
  });

  const sendReceipt = async (id, request, response) => {
    let token = await receipts.current(id); // homes poll for it
    if (token === undefined) {
      await makeLate(id, await records.share(id));
      token = await receipts.current(id);
    }
    if (token === undefined) {
      answer(response, 404, "No receipt yet");
      return;
    }
    if (request.method === "GET")
      log.once(`receipt fetched ${id}${receipts.isOpened(token) ? ", opened" : ""}`);
    sendJws(response, token, request.method);
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
      const pathname = pathOf(request);
      const uploads = pathname === UPLOADS || pathname.startsWith(`${UPLOADS}/`);
      const receipt = RECEIPT.exec(pathname)?.[1];
      if (pathname === WITHDRAWALS && request.method === "POST") {
        await takeWithdrawal(request, response);
      } else if (!uploads) {
        if (receipt && (request.method === "GET" || request.method === "HEAD")) {
          await sendReceipt(receipt, request, response);
        } else if (request.method === "GET" || request.method === "HEAD") {
          await sendPublicFile(publicFolder, pathname, request, response);
        } else {
          answer(response, 405, "Only GET and HEAD are allowed");
        }
      } else if (!authorized(request.headers.authorization)) {
        throw refusal(401, "Upload code required");
      } else if (request.method === "GET") {
        throw refusal(405, "Packages can't be downloaded"); // tus would allow it
      } else {
        await callers.run(callerOf(request), () => tus.handle(request, response));
        const { statusCode } = response;
        if (statusCode >= 400 && !told.has(request)) sayRefused({ status_code: statusCode });
      }
    } catch (error) {
      if (isUnfinished(error)) {
        response.destroy();
        return;
      }
      const { status_code, body } = meant(error);
      if (response.headersSent) {
        response.destroy();
        return;
      }
      response.shouldKeepAlive = request.complete; // the rest of the body is not read
      answer(response, status_code, body.trim());
    }
  });
  // A package on a slow line takes longer than Node's limit of 5 minutes for a request; a
  // request ends after 2 minutes without data instead.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  server.timeout = 120_000;

  const look = async () => {
    const found = await lookAround({ agency, stores, maxBytes, signingKey, uploadCode });
    for (const text of found) log.say(`warning ${text}`);
  };
  const tidyAll = async () => {
    await stores.tidy();
    if (stores.shared) {
      await withdrawals.resume(); // of killed intakes that don't start again
      await makeAllLate();
    }
  };
  let round; // only one round at a time, however slow the bucket is
  const tidy = () => {
    round ??= tidyAll().finally(() => {
      round = undefined;
    });
    return round;
  };
  const often = setInterval(
    () => {
      tidy().catch((error) => log.error(error));
      if (onPackage) announcer.addAll().catch((error) => log.error(error));
    },
    stores.shared ? MINUTE : HOUR,
  ).unref();
  const daily = setInterval(look, 24 * HOUR).unref();
  server.on("listening", async () => {
    if (stores.shared) tidy().catch((error) => log.error(error));
    await look();
    if (stores.hint !== undefined) log.say(stores.hint);
  });
  server.on("close", () => {
    clearInterval(often);
    clearInterval(daily);
    announcer.stop();
    log.flush();
  });
  return {
    server,
    metricsServer: makeMetricsServer({ metrics, stores, log }),
    /** Wait for pending work after all connections are closed. */
    close: () => stores.close(),
  };
}
