// Warnings for officers, logged at the start and once a day.

import { endOf } from "./agency.js";
import { readText } from "./files.js";
import { claimsOf, typeOf } from "./jws.js";

const DAY = 86_400; // seconds
const SOON = 14 * DAY;
const CLOCK_LEEWAY = 300;
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

/** Return a sentence for each problem. */
export async function lookAround({ agency, stores, maxBytes, signingKey, uploadCode }) {
  const looks = [
    aboutDocument({ agency, signingKey, uploadCode }),
    ...stores.looks(maxBytes),
  ];
  const found = await Promise.allSettled(looks);
  return found.flatMap(
    ({ value, reason }) => value ?? [`can't look: ${reason.code ?? reason.name}`],
  );
}
