#!/usr/bin/env node
// Command line of the intake. See README.md.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { makeIntake } from "./intake.js";
import { SigningKey } from "./jws.js";

const SHORTEST_CODE = 12;

const USAGE = `doorwatch-intake --inbox FOLDER [options]

  --inbox FOLDER             finished packages arrive here as SHARE.tar.age
  --public FOLDER            public files to serve, with .well-known/doorwatch-agency
  --host ADDRESS             address to listen on (127.0.0.1)
  --port PORT                port to listen on (8787; 0 picks a free one)
  --upload-code-file FILE    require the code in this file (or DOORWATCH_UPLOAD_CODE)
  --max-bytes N              largest package, in bytes (2147483648)
  --uploads-per-minute N     limit for new uploads from all homes; same for withdrawals (60)
  --signing-key FILE         the online key: signs receipts and answers to withdrawals
  --help                     show this help
`;

function fail(text) {
  process.stderr.write(`${text}\n\n${USAGE}`);
  process.exit(2);
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
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(error.message);
  }
}

const options = readOptions();
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (!options.inbox) fail("--inbox is required");

const codeFile = options["upload-code-file"];
const uploadCode = (
  codeFile ? readFileSync(codeFile, "utf8") : (process.env.DOORWATCH_UPLOAD_CODE ?? "")
).trim();
if (codeFile && !uploadCode) fail("the upload code file is empty");

if (uploadCode && uploadCode.length < SHORTEST_CODE) {
  // Anybody can try codes; only length makes that hopeless.
  fail(`the upload code needs at least ${SHORTEST_CODE} characters`);
}

function readSigningKey(file) {
  try {
    return new SigningKey(readFileSync(file, "utf8"));
  } catch (error) {
    return fail(`the signing key cannot be used: ${error.code ?? error.message}`);
  }
}
const keyFile = options["signing-key"];
const signingKey = keyFile ? readSigningKey(keyFile) : undefined;

// Packages are evidence: nothing for other users of this machine.
process.umask(process.umask() | 0o007);

const server = await makeIntake({
  inbox: options.inbox,
  publicFolder: options.public,
  uploadCode,
  maxBytes: wholeNumber(options["max-bytes"], "max-bytes"),
  signingKey,
  perMinute: wholeNumber(options["uploads-per-minute"], "uploads-per-minute"),
});
server.on("error", (error) => {
  process.stderr.write(`cannot listen: ${error.code}\n`);
  process.exit(1);
});
server.listen(wholeNumber(options.port, "port"), options.host, () => {
  const { address, family, port } = server.address();
  const host = family === "IPv6" ? `[${address}]` : address;
  process.stdout.write(`listening on http://${host}:${port}\n`);
});
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections(); // homes resume
  });
}
