#!/usr/bin/env node
// The intake's command line, see README.md.

import { accessSync, constants, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SigningKey } from "./jws.js";
import { Log, nameOf } from "./log.js";
import { isBucket, readBucket } from "./stores/which.js";

const SHORTEST_CODE = 12;
const OLDEST_NODE = [20, 19];
const HOME = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const USAGE = `doorwatch-intake --inbox FOLDER [options]

  --inbox FOLDER             finished packages arrive here as SHARE.tar.age
  --public FOLDER            public files to serve, with .well-known/doorwatch-agency
  --host ADDRESS             address to listen on (127.0.0.1)
  --port PORT                port to listen on (8787; 0 picks a free one)
  --upload-code-file FILE    require the code in this file (or DOORWATCH_UPLOAD_CODE)
  --max-bytes N              largest package, in bytes (2147483648)
  --uploads-per-minute N     limit for new uploads from all homes; same for withdrawals (60)
  --signing-key FILE         the online key: signs receipts and answers to withdrawals
  --on-package COMMAND       run this program for each package: COMMAND FILE SHARE
  --metrics-port PORT        serve /metrics and /healthz on this port of 127.0.0.1
  --clear-reservations       give back the space that unfinished uploads reserve, and stop

  Several intakes can serve one agency from a bucket and a database:
  --inbox s3://BUCKET        finished packages arrive in this bucket (or s3://BUCKET/PREFIX)
  --s3-endpoint URL          the S3 store, if it isn't Amazon's
  --records URL              the PostgreSQL database, as postgresql://USER@HOST/NAME
  --records-file FILE        the same, but read from this file, with the password in it
  --prepare-records          make the tables in that database, and end
  The keys of the store are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the file that
  AWS_SHARED_CREDENTIALS_FILE names.

  --help                     show this help
`;

const MEANINGS = {
  EACCES: "isn't accessible to this user",
  EADDRINUSE: "is used by another program",
  EADDRNOTAVAIL: "is not an address of this machine",
  EISDIR: "is a folder, not a file",
  ENOENT: "doesn't exist",
  ENOTDIR: "is not a folder",
  EROFS: "is on a disk that takes no changes",
  "28P01": "doesn't accept this password",
  28000: "doesn't let this user in from here, or only encrypted (see its pg_hba.conf)",
  "3D000": "doesn't exist",
  42703: "has the tables of another version of the intake",
  "42P01": "has no tables. Run the intake with --prepare-records once",
  "other bucket": "belongs to another bucket",
  "other tables": "has the tables of another version of the intake",
  "The server does not support SSL connections": "takes no encrypted connections (ssl is off)",
  "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string": "needs a password",
  CredentialsProviderError:
    "needs keys (AWS_SHARED_CREDENTIALS_FILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
  ERR_INVALID_URL: "has no address such as https://objects.example (--s3-endpoint)",
  NotFound: "doesn't exist",
  403: "doesn't accept these keys",
};

/** Exit because of wrong usage. */
function fail(text) {
  process.stderr.write(`${text}\n\n${USAGE}`);
  process.exit(2);
}

/** Exit because something is missing on this machine. */
function stop(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

/** Describe an error without its message, which may contain secrets. */
function meaning(error) {
  const names = [error.message, error.code, error.name, error.$metadata?.httpStatusCode];
  const known = names.find((name) => Object.hasOwn(MEANINGS, name));
  return MEANINGS[known] ?? `can't be used: ${nameOf(error)}`;
}

/** Use the file of an option; exit with the option's name if that fails. */
function using(option, file, use) {
  try {
    return use(file);
  } catch (error) {
    return stop(`--${option} ${file} ${meaning(error)}`);
  }
}

function checkFolder(folder) {
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
  accessSync(folder, constants.R_OK | constants.X_OK);
}

function wholeNumber(text, name) {
  if (!/^\d{1,15}$/.test(text)) fail(`--${name} needs a whole number`);
  return Number(text);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        inbox: { type: "string" },
        public: { type: "string" },
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8787" },
        "upload-code-file": { type: "string" },
        "max-bytes": { type: "string", default: String(2 * 1024 ** 3) },
        "uploads-per-minute": { type: "string", default: "60" },
        "signing-key": { type: "string" },
        "on-package": { type: "string" },
        "metrics-port": { type: "string" },
        "s3-endpoint": { type: "string" },
        records: { type: "string" },
        "records-file": { type: "string" },
        "prepare-records": { type: "boolean", default: false },
        "clear-reservations": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(error.message);
  }
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  stop(`Node.js ${OLDEST_NODE.join(".")} or newer is needed, and this is ${process.versions.node}`);
}
const { makeIntake } = await import("./intake.js").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  return stop(`packages of the intake are missing. Run: cd ${HOME} && npm ci --omit=dev`);
});

const options = readOptions();
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (!options.inbox && !options["prepare-records"]) fail("--inbox is required");
const port = wholeNumber(options.port, "port");
const maxBytes = wholeNumber(options["max-bytes"], "max-bytes");
const perMinute = wholeNumber(options["uploads-per-minute"], "uploads-per-minute");
const metricsPort =
  options["metrics-port"] && wholeNumber(options["metrics-port"], "metrics-port");

const readText = (file) => readFileSync(file, "utf8");

/** Return the database URL, which may contain a password; undefined if none is set. */
function readRecordsUrl() {
  const file = options["records-file"];
  const text = file ? using("records-file", file, readText).trim() : options.records;
  const option = file ? "records-file" : "records";
  if (text === undefined) return undefined;
  let url;
  try {
    url = new URL(text);
  } catch {
    return fail(`--${option} is not an address such as postgresql://USER@HOST/NAME`);
  }
  if (!/^postgres(ql)?:$/.test(url.protocol))
    fail(`--${option} is not an address such as postgresql://USER@HOST/NAME`);
  // Command lines are visible to all users of this machine.
  if ((url.password || url.searchParams.has("password")) && !file)
    fail("--records must not have a password. Use --records-file");
  return text;
}
const recordsUrl = readRecordsUrl();

/** Load a module that only intakes with an object store need. */
async function load(module) {
  return import(module).catch((error) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return stop(
      `packages for a bucket are missing. Run: cd ${HOME}/bucket && npm ci --omit=dev`,
    );
  });
}

if (options["prepare-records"]) {
  if (recordsUrl === undefined) fail("--prepare-records needs --records or --records-file");
  const { prepare } = await load("../bucket/postgres.js");
  const made = await prepare(recordsUrl).catch((error) =>
    stop(`the database ${meaning(error)}`),
  );
  process.stdout.write(made ? "tables made\n" : "tables are there already\n");
  process.exit(0);
}
const inBucket = isBucket(options.inbox);
if (inBucket) {
  if (readBucket(options.inbox) === undefined)
    fail("--inbox is not an address such as s3://BUCKET, of plain letters, digits, and . _ -");
  if (recordsUrl === undefined) fail("--inbox s3://BUCKET needs --records or --records-file");
  await load("../bucket/stores.js");
}

if (options["clear-reservations"]) {
  if (inBucket) fail("--clear-reservations is for a folder. Nothing is reserved in a bucket");
  const { clearReservations } = await import("./reservations.js");
  const incoming = path.join(options.inbox, ".incoming");
  await clearReservations(options.inbox).catch((error) => stop(`--inbox ${incoming} ${meaning(error)}`));
  process.stdout.write("no upload reserves space now. Homes that go on sending reserve it again\n");
  process.exit(0);
}

const codeFile = options["upload-code-file"];
const uploadCode = (
  codeFile
    ? using("upload-code-file", codeFile, readText)
    : (process.env.DOORWATCH_UPLOAD_CODE ?? "")
).trim();
if (codeFile && !uploadCode) fail("the upload code file is empty");

if (uploadCode && uploadCode.length < SHORTEST_CODE) {
  // Anyone can guess codes; only their length prevents it.
  fail(`the upload code needs at least ${SHORTEST_CODE} characters`);
}

function readSigningKey(pem) {
  try {
    return new SigningKey(pem);
  } catch (error) {
    return stop(`--signing-key: the signing key cannot be used: ${error.code ?? error.message}`);
  }
}
const keyFile = options["signing-key"];
const signingKey = keyFile ? readSigningKey(using("signing-key", keyFile, readText)) : undefined;

if (options.public) using("public", options.public, checkFolder);
if (!inBucket) using("inbox", path.dirname(path.resolve(options.inbox)), checkFolder);
const onPackage = options["on-package"] && path.resolve(options["on-package"]);
if (onPackage) using("on-package", onPackage, (file) => accessSync(file, constants.X_OK));

// Packages are evidence: no access for other users of this machine.
process.umask(0o007);

const log = new Log();
process.stdout.on("error", () => undefined); // the reader of the log is gone
process.on("uncaughtException", (error) => {
  log.error(error, "stopping");
  process.exit(1);
});

const intake = await makeIntake({
  inbox: options.inbox,
  s3Endpoint: options["s3-endpoint"],
  recordsUrl,
  publicFolder: options.public,
  uploadCode,
  maxBytes,
  signingKey,
  perMinute,
  onPackage,
  log,
}).catch((error) =>
  stop(
    error.what
      ? `the ${error.what} ${meaning(error)}`
      : `--inbox ${error.path ?? options.inbox} ${meaning(error)}`,
  ),
);
const { server, metricsServer } = intake;
server.on("error", (error) => stop(`--port ${port} ${meaning(error)}`));
server.listen(port, options.host, () => {
  const { address, family, port: chosen } = server.address();
  const host = family === "IPv6" ? `[${address}]` : address;
  log.say(`listening on http://${host}:${chosen}`);
});
if (metricsPort !== undefined) {
  metricsServer.on("error", (error) => stop(`--metrics-port ${metricsPort} ${meaning(error)}`));
  metricsServer.listen(metricsPort, "127.0.0.1", () => {
    log.say(`metrics on http://127.0.0.1:${metricsServer.address().port}`);
  });
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    metricsServer.close();
    server.close(async () => {
      await intake.close();
      log.say("stopped");
      process.exit(0);
    });
    server.closeAllConnections(); // homes resume
  });
}
