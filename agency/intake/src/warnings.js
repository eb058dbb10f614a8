// What an officer should look after, said at the start and once a day.

import fs from "node:fs/promises";
import path from "node:path";
import { endOf } from "./agency.js";
import { groupOf, readText } from "./files.js";
import { claimsOf, typeOf } from "./jws.js";

const DAY = 86_400; // seconds
const SOON = 14 * DAY;
const CLOCK_LEEWAY = 300;
const FEW_INODES = 1000;
const SETGID = 0o2000;
const SERVED = {
  upload_endpoint: "/uploads",
  receipts_uri: "/receipts",
  withdrawals_uri: "/withdrawals",
};

function* aboutExpiry(document) {
  const left = endOf(document) - Date.now() / 1000;
  if (!(left > 0)) yield "the document has expired. Publish it again: homes send nothing";
  else if (left < SOON)
    yield `the document expires in ${Math.floor(left / DAY)} days. Publish it again`;
}

function* aboutClock({ iat }) {
  if (iat > Date.now() / 1000 + CLOCK_LEEWAY)
    yield "this machine's clock is slow: the document is from a later time. Set it, or receipts state wrong times";
}

function* aboutAddresses(document) {
  for (const [name, served] of Object.entries(SERVED)) {
    const given = document[name];
    if (given === undefined || given === null) {
      if (name === "upload_endpoint")
        yield "the document has no upload_endpoint, so homes can't send here";
    } else if (given !== `${document.iss}${served}`) {
      yield `the document's ${name} is not ${document.iss}${served}, where homes reach the intake`;
    }
  }
}

function* aboutCode(document, uploadCode) {
  if (document.upload_code_required && !uploadCode) {
    yield "the document asks homes for an upload code, but the intake has none and accepts uploads without it";
  } else if (!document.upload_code_required && uploadCode) {
    yield "the intake asks for an upload code, but the document doesn't say so, and homes send none";
  }
}

function* aboutKey(document, agency, signingKey) {
  if (!signingKey) return;
  const reason = agency.whyNot(document);
  if (reason !== undefined && !reason.includes("expired"))
    yield `no receipts can be signed: ${reason}`;
  if (!document.receipts_uri)
    yield "the document has no receipts_uri, so homes never ask for receipts";
}

async function aboutDocument({ agency, signingKey, uploadCode }) {
  if (agency.file === undefined) {
    return signingKey ? ["no receipts can be signed without --public, where the document is"] : [];
  }
  let document;
  try {
    const token = await readText(agency.file);
    if (token === undefined) return [`no document is published: ${agency.file} is missing`];
    if (typeOf(token) === "doorwatch-group+jwt") {
      return ["the document is a group's, and homes send nothing to a group"];
    }
    document = claimsOf(token);
  } catch (error) {
    return [`the document can't be read: ${agency.file}${error.code ? ` (${error.code})` : ""}`];
  }
  return [
    ...aboutKey(document, agency, signingKey),
    ...aboutExpiry(document),
    ...aboutClock(document),
    ...aboutAddresses(document),
    ...aboutCode(document, uploadCode),
  ];
}

async function aboutGroup(inbox) {
  const { mode } = await fs.stat(inbox);
  if ((await groupOf(inbox)) === undefined) {
    return mode & SETGID ? [`the group can't write to ${inbox}. Run: chmod 2770 ${inbox}`] : [];
  }
  const { gid } = await fs.stat(inbox);
  const wrong = [];
  for (const [name, needed] of [
    [".incoming", 0o050],
    [".receipts", 0o070],
    [".withdrawals", 0o070],
  ]) {
    const folder = path.join(inbox, name);
    const stat = await fs.stat(folder);
    const shared = stat.gid === gid && stat.mode & SETGID && (stat.mode & needed) === needed;
    if (!shared) wrong.push(folder);
  }
  if (wrong.length === 0) return [];
  return [
    `the group of ${inbox} can't use ${wrong.join(" ")}. Run as root: ` +
      `chgrp -R --reference=${inbox} ${wrong.join(" ")} && chmod -R g+rwX ${wrong.join(" ")} && chmod g+s ${wrong.join(" ")}`,
  ];
}

async function aboutSpace(inbox, maxBytes) {
  const { bavail, bsize, files, ffree } = await fs.statfs(inbox);
  const free = bavail * bsize;
  const found = [];
  await fs
    .access(inbox, fs.constants.W_OK)
    .catch(({ code }) =>
      found.push(`${inbox} takes no changes (${code}), and homes are asked to come back later`),
    );
  if (free < maxBytes) {
    found.push(
      `the free space is ${Math.floor(free / 1e6)} MB, less than one package may need (${Math.ceil(maxBytes / 1e6)} MB)`,
    );
  }
  if (files > 0 && ffree < FEW_INODES) found.push(`the disk has room for only ${ffree} more files`);
  return found;
}

/** Return a sentence for each thing that is not as it should be. */
export async function lookAround({ agency, inbox, maxBytes, signingKey, uploadCode }) {
  const looks = [
    aboutDocument({ agency, signingKey, uploadCode }),
    aboutGroup(inbox),
    aboutSpace(inbox, maxBytes),
  ];
  const found = await Promise.allSettled(looks);
  return found.flatMap(
    ({ value, reason }) => value ?? [`can't look: ${reason.code ?? reason.name}`],
  );
}
