// A second sender, written from docs/protocol.md and docs/schemas alone, with their terms.
// It needs Node, age and FFmpeg. HOME is a folder with the data of a home and one agency.
//
//   second_sender.mjs add HOME ORIGIN FINGERPRINT   fetch the agency's document
//   second_sender.mjs share HOME CHOICES            make a package; prints its share id
//   second_sender.mjs deliver HOME SHARE_ID         upload it
//   second_sender.mjs receipt HOME SHARE_ID         ask for the receipt; prints it
//   second_sender.mjs withdraw HOME SHARE_ID        ask to delete it; prints the answer
//
// CHOICES is a JSON object with any of name, contact, note, case_reference, request_id.
// UPLOAD_CODE is the agency's upload code. PACE, for tests, is a factor of every pause.

import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { gunzipSync } from "node:zlib";

const PACE = Number(process.env.PACE ?? 1);
const TRIES = 20;
const DAY = 86_400;
const HOUR = 3600;

class Again extends Error {} // a retry may succeed
class UnknownKey extends Again {}
class Refused extends Error {} // only a person can retry
const demand = (holds, what) => {
  if (!holds) throw new Refused(what);
};

// Helpers

const sha256 = (data) => crypto.createHash("sha256").update(data).digest("hex");
const base64url = (data) => Buffer.from(data).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);
const isCount = (one, most = 2 ** 53) =>
  Number.isInteger(one) && one >= 0 && one < most;
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u2800\u3164\uffa0\u{13441}\u{13442}]/gu;

function isText(value, most, may = "\u200c\u200d\n\t") {
  if (typeof value !== "string" || [...value].length > most) return false;
  const unseen = [...value.matchAll(UNSEEN)].every(([one]) => may.includes(one));
  const accents = /[\p{Mn}\p{Me}]{9}/u.test(value.normalize("NFD"));
  return unseen && /[\p{L}\p{N}]/u.test(value) && !accents;
}
const onOneLine = (value) =>
  value.replace(/\s+/g, " ").replace(UNSEEN, (one) => {
    const number = one.codePointAt(0).toString(16).padStart(4, "0");
    return "\u200c\u200d".includes(one) ? one : `\\u${number}`;
  });
const isLine = (value, most = 200) => isText(value, most, "\u200c\u200d");

/** Write canonical JSON. All names here are ASCII, and all numbers are integers. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "string") value = value.replace(/\p{Surrogate}/gu, "?");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `"${name}":${canonical(value[name])}`).join(",")}}`;
}

/** Read an object without duplicate names and with finite numbers. */
function parse(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const isObject = (one) => one && typeof one === "object" && !Array.isArray(one);
  let members = 0;
  const value = JSON.parse(text, (_, one) => {
    demand(typeof one !== "number" || Number.isFinite(one), "a number without end");
    if (isObject(one)) members += Object.keys(one).length;
    return one;
  });
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)];
  demand(isObject(value), "not an object");
  demand(strings.filter(([, colon]) => colon).length === members, "a name twice");
  return value;
}

function jwkOf(key) {
  const { crv, kty, x, y } = key.export({ format: "jwk" });
  demand(kty === "EC" && crv === "P-256", "a key that isn't P-256");
  return { crv, kty, x, y };
}
function keyOf(jwk) {
  demand(!("d" in jwk), "a private key");
  return crypto.createPublicKey({ key: jwk, format: "jwk" });
}
const thumbprint = (key) =>
  base64url(Buffer.from(sha256(canonical(jwkOf(key))), "hex"));

function fingerprint(key) {
  const bytes = [...Buffer.from(thumbprint(key), "base64url")];
  const bits = bytes.map((one) => one.toString(2).padStart(8, "0")).join("");
  const letter = (five) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(five.padEnd(5, "0"), 2)];
  const letters = bits.match(/.{1,5}/g).map(letter);
  return letters.join("").match(/.{4}/g).join(" ");
}

// Signed documents

function sign(home, typ, named, claims) {
  const written = [{ alg: "ES256", typ, ...named }, claims].map(canonical);
  const signed = written.map(base64url).join(".");
  const key = { key: home.key, dsaEncoding: "ieee-p1363" };
  return `${signed}.${base64url(crypto.sign("sha256", Buffer.from(signed), key))}`;
}

/** Verify a token with one of these keys, or without keys by the key in its header. */
function checked(token, typ, keys) {
  const parts = token.split(".").map((one) => Buffer.from(one, "base64url"));
  demand(parts.length === 3 && parts.map(base64url).join(".") === token, "not a JWS");
  const [header, claims] = parts.slice(0, 2).map(parse);
  demand(header.alg === "ES256" && header.typ === typ, "signed as something else");
  const names = Object.keys(header).every((one) => /^(alg|typ|kid|jwk)$/.test(one));
  demand(names, "a header with more in it");
  const key = keys
    ? keys.find((one) => thumbprint(one) === header.kid)
    : keyOf(header.jwk);
  if (!key) throw new UnknownKey("signed by a key that the document doesn't name");
  const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")));
  const by = { key, dsaEncoding: "ieee-p1363" };
  demand(crypto.verify("sha256", signed, by, parts[2]), "the signature doesn't match");
  demand(isCount(claims.iat, 2 ** 37), "no time");
  if (claims.iat > now() + 300) throw new Again("from the future");
  if ("exp" in claims) {
    demand(isCount(claims.exp, 2 ** 37), "no time to end");
    const end = Math.min(claims.exp, claims.iat + 400 * DAY);
    if (now() >= end) throw new Again("it has ended");
  }
  return { header, claims, key };
}

// HTTP

/** Send a request once; an incomplete response allows a retry. */
function call(method, address, { headers = {}, body, limit = 64_000, wait } = {}) {
  const seconds = wait ?? (method === "GET" ? 30 : 60);
  return new Promise((resolve, reject) => {
    const lost = (error) =>
      reject(
        error instanceof Refused ? error : new Again(`no answer: ${error.message}`),
      );
    const asked = (address.startsWith("https:") ? https : http).request(address, {
      method,
      headers: { ...headers, "Content-Length": body?.length ?? 0 },
      agent: false,
      timeout: 120_000,
      signal: body ? undefined : AbortSignal.timeout(seconds * 1000),
    });
    asked.on("timeout", () => asked.destroy(new Error("nothing moved")));
    asked.on("error", lost);
    asked.on("response", async (answer) => {
      try {
        let sent = Buffer.alloc(0);
        for await (const part of answer) {
          sent = Buffer.concat([sent, part]);
          demand(sent.length <= limit, "the answer is too long");
        }
        if (answer.headers["content-encoding"] === "gzip")
          sent = gunzipSync(sent, { maxOutputLength: limit });
        const text = sent.toString().trim();
        resolve({ status: answer.statusCode, headers: answer.headers, text });
      } catch (error) {
        lost(error);
      }
    });
    asked.end(body);
  });
}

async function patiently(first, longest, work) {
  let pause = first;
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      return await work(() => (pause = first));
    } catch (error) {
      if (!(error instanceof Again)) throw error;
      console.error(`again: ${error.message}`);
    }
    const drawn = pause * (0.5 + Math.random() / 2) * PACE;
    await new Promise((resolve) => setTimeout(resolve, drawn * 1000));
    pause = Math.min(pause * 2, longest);
  }
  throw new Refused(`given up after ${TRIES} tries`);
}

// Stored files: home-key.pem, agency.json, requests.jws, ledger.jsonl, a folder for each share

function write(file, content) {
  fs.writeFileSync(`${file}.new`, content, { mode: 0o600, flush: true });
  fs.renameSync(`${file}.new`, file);
}
const read = (file) => fs.readFileSync(file, "utf8");

function openHome(folder) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pem = path.join(folder, "home-key.pem");
  if (!fs.existsSync(pem)) {
    const { privateKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
    write(pem, privateKey.export({ type: "pkcs8", format: "pem" }));
  }
  const key = crypto.createPrivateKey(read(pem));
  return { folder, key, thumbprint: thumbprint(key) };
}
const inHome = (home, ...names) => path.join(home.folder, ...names);

/** Return the pinned agency: its last document, its root, and the number of the last feed. */
const agencyOf = (home) => JSON.parse(read(inHome(home, "agency.json")));
const keep = (home, agency) =>
  write(inHome(home, "agency.json"), JSON.stringify(agency));
const keysOf = (agency) => agency.document.keys.keys.map(keyOf);

/** Check an address, and return its origin. */
function originOf(address) {
  demand(typeof address === "string" && address.length <= 2048, "not an address");
  demand(!/[\s\p{Cc}\\]/u.test(address), "not an address");
  const { protocol, hostname, username, password, origin } = new URL(address);
  demand(!/^[\d.]+$/.test(hostname) || address.includes(hostname), "an odd number");
  const test = protocol === "http:" && /^(127\.[\d.]+|\[::1\])$/.test(hostname);
  demand(protocol === "https:" || test, "not encrypted");
  demand(username + password === "", "with a username");
  return origin;
}

// Discovery document

function checkDocument(said, origin) {
  const isList = (one, most) =>
    Array.isArray(one) && one.length >= 1 && one.length <= most;
  demand(said.iss === origin, "from another origin");
  for (const name of ["name", "jurisdiction", "contact"])
    demand(isLine(said[name]), `${name} isn't a line`);
  demand(isList(said.keys?.keys, 16), "no keys");
  said.keys.keys.map(keyOf).forEach(jwkOf);
  demand(isList(said.age_recipients, 16), "no recipients");
  for (const one of said.age_recipients)
    demand(/^age1[02-9ac-hj-np-z]{58}$/.test(one), "a recipient that isn't X25519");
  demand(said.upload_endpoint, "nowhere to send to");
  for (const name of ["upload_endpoint", "receipts_uri", "withdrawals_uri"]) {
    const there = originOf(said[name] ?? said.upload_endpoint);
    demand(there === origin, `${name} is on another origin`);
  }
  const mirrors = said.requests_mirrors ?? [];
  demand(mirrors.length <= 8, "too many mirrors");
  for (const address of [said.requests_uri ?? origin, ...mirrors]) {
    const there = originOf(address);
    demand(there === origin || there.startsWith("https:"), "a feed without https");
  }
  for (const { text, digest } of [said.terms, said.retention])
    demand(isText(text, 50_000) && digest === sha256(text), "no terms");
  const days = said.retention.days ?? 1;
  demand(isCount(days) && days && isCount(said.seq) && said.seq, "no days, or no seq");
  demand("exp" in said, "without an end");
}

async function fetchText(address, limit, wait) {
  const { status, text } = await call("GET", address, { limit, wait });
  if (status !== 200) throw new Again(`${address}: ${status}`);
  return text;
}

/** Fetch the document, which must follow the pinned one or have this fingerprint. */
async function fetchDocument(home, origin, typed) {
  const token = await fetchText(`${origin}/.well-known/doorwatch-agency`, 1_000_000);
  const { claims, key } = checked(token, "doorwatch-agency+jwt");
  checkDocument(claims, origin);
  const root = thumbprint(key);
  const old = fs.existsSync(inHome(home, "agency.json")) ? agencyOf(home) : null;
  if (old) {
    const { seq, iat, next_root_jkt } = old.document;
    demand(now() >= iat - 300, "this clock is late");
    const follows = root === old.root ? claims.seq >= seq : claims.seq > seq;
    demand(follows && claims.iat >= iat, "an older document");
    demand([old.root, next_root_jkt].includes(root), "another root key");
  } else {
    const bare = (one) => one.replace(/[\s-]/g, "").toUpperCase();
    demand(bare(typed) === bare(fingerprint(key)), "another fingerprint");
  }
  const agency = { ...old, document: claims, root, fingerprint: fingerprint(key) };
  keep(home, agency);
  return agency;
}

function termsDigest({ document: { terms, retention } }) {
  const { days = null, text } = retention;
  return sha256(canonical({ retention: { days, text }, terms: { text: terms.text } }));
}

/** Return the digest of the agency's data that a confirmation binds. */
function binding(agency) {
  const { iss, name, jurisdiction, contact, upload_endpoint } = agency.document;
  const recipients = [...new Set(agency.document.age_recipients)].sort();
  const said = [iss, name, jurisdiction, contact, agency.root, recipients];
  return sha256(canonical([...said, originOf(upload_endpoint), termsDigest(agency)]));
}

async function add(home, origin, typed) {
  const agency = await fetchDocument(home, origin, typed);
  const { name, requests_uri, requests_mirrors } = agency.document;
  const places = requests_uri ? [requests_uri, ...(requests_mirrors ?? [])] : [];
  for (const [, place] of places.map((one) => [Math.random(), one]).sort()) {
    try {
      const feed = await fetchText(place, 4_000_000, 120);
      keep(home, { ...agency, feed: checkFeed(agency, feed) });
      write(inHome(home, "requests.jws"), feed);
      break;
    } catch (error) {
      console.error(`no feed: ${error.message}`);
    }
  }
  console.log(`${name}\n${agency.fingerprint}`);
}

// Requests

function checkFeed(agency, token) {
  const { header, claims } = checked(token, "doorwatch-requests+jwt", keysOf(agency));
  const { iss, seq, iat, feed } = claims;
  demand(iss === agency.document.iss && "exp" in claims, "another feed");
  demand(isCount(seq) && seq && feed.type === "FeatureCollection", "not a feed");
  demand(feed.features.length <= 1000, "too many requests");
  const last = agency.feed ?? { iat: 0, seq: 0 };
  const listed = keysOf(agency).some((key) => thumbprint(key) === last.kid);
  demand(iat >= last.iat && (seq >= last.seq || !listed), "an older feed");
  return { kid: header.kid, seq, iat };
}

/** Return whether an area is small enough, and no outline crosses or touches itself. */
function isArea({ type, coordinates }) {
  const degree = (Math.PI / 180) * 6_371_008.8;
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  const side = ([a, b], [c, d], [e, f]) =>
    Math.sign((c - a) * (f - b) - (d - b) * (e - a));
  const holds = ([a, b], [c, d], [e, f]) =>
    (e - a) * (e - c) <= 0 && (f - b) * (f - d) <= 0;
  const meet = ([a, b], [c, d]) => {
    const [one, two, three, four] = [
      side(a, b, c),
      side(a, b, d),
      side(c, d, a),
      side(c, d, b),
    ];
    if (one || two || three || four) return one !== two && three !== four;
    return holds(a, b, c) || holds(a, b, d) || holds(c, d, a);
  };
  let [area, length, corners] = [0, 0, 0];
  for (const rings of polygons)
    for (const [index, ring] of rings.entries()) {
      const rounded = ring.map((at) =>
        [at[0], at[1]].map((one) => Number(one.toFixed(7))),
      );
      const points = rounded.filter((at, index) => `${at}` !== `${rounded[index - 1]}`);
      const lines = points.slice(1).map((to, at) => [points[at], to]);
      if (lines.length < 3 || `${points[0]}` !== `${points.at(-1)}`) return false;
      const apart = (one, other) => other - one > 1 && other - one < lines.length - 1;
      for (const [one, line] of lines.entries())
        if (lines.some((two, other) => apart(one, other) && meet(line, two)))
          return false;
      const north = points.map(([, latitude]) => latitude);
      const nearest = Math.max(Math.min(...north), -Math.max(...north), 0);
      const east = degree * Math.cos((nearest * Math.PI) / 180);
      const twice = lines.reduce((sum, [[a, b], [c, d]]) => sum + a * d - b * c, 0);
      area += index === 0 ? (Math.abs(twice) / 2) * east * degree : 0;
      for (const [[a, b], [c, d]] of lines)
        length += Math.hypot((a - c) * east, (b - d) * degree);
      corners += lines.length;
    }
  return corners <= 64 && area <= 1_300_000 && length <= 30_000;
}

/** Write a time of a feed with milliseconds. */
function moment(published) {
  const form = /^(2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/;
  const [, whole, part = ""] = form.exec(published) ?? [];
  const written = `${whole}.${part.padEnd(3, "0").slice(0, 3)}Z`;
  demand(!isNaN(Date.parse(written)), "a time in another form");
  return written;
}

/** Return an open request in the form that the person reads. */
function readRequest(agency, feed, id) {
  const { claims } = checked(feed, "doorwatch-requests+jwt", keysOf(agency));
  const found = claims.feed.features.filter((one) => one.id === id);
  demand(found.length === 1, "no such request");
  const { featureType, geometry, time, properties: told } = found[0];
  demand(featureType !== "bulletin", "no one can answer this");
  const [begins, ends] = time.interval.map(moment);
  const lasts = Date.parse(ends) - Date.parse(begins);
  const needed = ["case_reference", "offence", "contact"];
  const lines = needed.every((name) => isLine(told[name]));
  const valid = lines && lasts > 0 && lasts <= 12 * HOUR * 1000 && isArea(geometry);
  demand(valid, "the request isn't valid");
  const until = told.until === undefined ? null : moment(told.until);
  const over = until && Date.now() > Date.parse(until);
  demand(told.state !== "closed" && !over, "the request is closed");
  const version = isCount(told.version, 2 ** 31) && told.version ? told.version : 1;
  const request = { request_id: id, version, begins, ends, until };
  for (const name of [...needed, "title", "investigation_code"])
    request[name] = isLine(told[name]) ? told[name] : null;
  for (const name of ["text", "terms"])
    request[name] = isText(told[name], 5000) ? told[name] : null;
  return request;
}

// Notice and consent

const SENTENCES = {
  internet_address: "The agency will see your internet address.",
  only_agency_opens: "What is sent is encrypted. Only the agency can open it.",
  sound_on: "Audio is included. Voices can be heard.",
  others_visible: "Other people might be visible in the clip.",
  cannot_be_recalled: "Copies can't be recalled once they're sent.",
};

function noticeOf(agency, file, told, request) {
  const { name, iss, terms, retention, jurisdiction, contact } = agency.document;
  return {
    agency: {
      name,
      host: new URL(iss).hostname,
      issuer: iss,
      fingerprint: agency.fingerprint,
      compared: true,
      terms: terms.text,
      retention: retention.text,
      retention_days: retention.days ?? null,
      terms_digest: termsDigest(agency),
      jurisdiction,
      contact,
    },
    file: { ...file, edits: { start: null, end: null, audio: true, redact: [] } },
    ...told,
    declaration_sha256: null,
    request,
    sentences: Object.keys(SENTENCES),
    language: "en",
  };
}

function consentOf(home, agency, notice, share_id, tap) {
  const { name, iss, contact, jurisdiction, retention, upload_endpoint } =
    agency.document;
  const kinds = {
    "video of whoever came to the door": true,
    "time of the recording": true,
    "audio from the door": true,
    "name of the person who shares": notice.personal.name,
    "contact details of the person who shares": notice.personal.contact,
  };
  const given = Object.keys(kinds).filter((kind) => kinds[kind]);
  const purpose = {
    purpose: "To give one doorbell recording to this agency, once.",
    purpose_type: "evidence, given voluntarily",
    lawful_basis: "consent",
    pii_information: given.map((pii_type) => ({ pii_type })),
    pii_controllers: ["agency"],
    collection_method: "recorded by a doorbell camera at this home",
    processing_method: "stored and used by the agency under its terms",
    retention_period: retention.text,
    retention_days: retention.days ?? null,
    terms_digest: termsDigest(agency),
    jurisdictions: [jurisdiction],
    recipient_third_parties: "only as the agency's terms say",
    withdrawal_method: "second_sender.mjs withdraw asks the agency to delete it",
    privacy_rights: "No one is required to share. Not sharing has no consequences.",
  };
  const party = {
    party_id: "agency",
    party_type: "recipient",
    party_name: name,
    party_url: iss,
    party_contact: contact,
    root_thumbprint: agency.root,
    upload_origin: originOf(upload_endpoint),
    fingerprint_compared: true,
  };
  return {
    schema_version: "doorwatch-consent/1 (ISO/IEC TS 27560:2023)",
    record_id: share_id,
    pii_principal_id: home.thumbprint,
    pii_processing: {
      privacy_notice: {
        notice,
        digest: sha256(canonical(notice)),
        digest_algorithm: "SHA-256 over the canonical JSON",
      },
      language: notice.language,
      purposes: [purpose],
    },
    party_identification: [party],
    event: {
      event_time: tap.toISOString(),
      event_type: "explicit",
      event_state: "consent given",
      validity_duration: "this one share",
      entity_id: home.thumbprint,
      method: "a person started second_sender.mjs share",
    },
  };
}

/** Add a line to the ledger, and return its digest. */
function confirmed(home, tap, data) {
  const file = inHome(home, "ledger.jsonl");
  const lines = fs.existsSync(file) ? read(file).trim().split("\n") : [];
  const previous = lines.length ? sha256(lines.at(-1)) : "0".repeat(64);
  const at = { at: tap.toISOString(), previous, seq: lines.length + 1 };
  const line = canonical({ ...at, kind: "confirmed", data });
  write(file, `${[...lines, line].join("\n")}\n`);
  return sha256(line);
}

// Evidence package

/** Record two seconds of a test image with a tone. */
function record(file) {
  const video = "-f lavfi -i testsrc2=size=640x360:rate=15 -f lavfi -i sine -t 2";
  const coded = "-c:v libx264 -pix_fmt yuv420p -qp 10 -c:a aac";
  execFileSync("ffmpeg", [...`-v error ${video} ${coded}`.split(" "), file]);
  const ended = Date.now();
  const content = fs.readFileSync(file);
  const facts = {
    sha256: sha256(content),
    size: content.length,
    started_at: new Date(ended - 2000).toISOString(),
    ended_at: new Date(ended).toISOString(),
    audio: true,
    derived: false,
    reencoded: false,
    original_sha256: sha256(content),
  };
  return { content, facts };
}

/** List every member with its value, one per line. */
function spelled(value, name = "") {
  const members = value && typeof value === "object" ? Object.keys(value) : [];
  if (!members.length)
    return [`${name}: ${typeof value === "object" ? "none" : value}`];
  return members.flatMap((key) => spelled(value[key], name ? `${name}.${key}` : key));
}

/** Add the files that describe and sign the files in data/. */
function bag(home, files, statement, tap) {
  const { share_id, case_reference } = statement;
  const list = (names) =>
    names.map((name) => `${sha256(files[name])}  ${name}\n`).join("");
  const data = Object.keys(files).sort();
  const size = data.reduce((sum, name) => sum + files[name].length, 0);
  const add = (name, content) => (files[name] = Buffer.from(content));
  const claims = { iss: home.thumbprint, aud: statement.agency.issuer, jti: share_id };
  const claimed = { ...claims, iat: Math.floor(tap / 1000), share: statement };
  const named = { kid: home.thumbprint };
  add("share.jws", sign(home, "doorwatch-share+jwt", named, claimed));
  add("manifest-sha256.txt", list(data));
  add("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
  add(
    "bag-info.txt",
    "Bag-Software-Agent: Second sender\n" +
      `Bagging-Date: ${statement.confirmed_at.slice(0, 10)}\n` +
      "External-Description: One doorbell recording, shared after one person confirmed it." +
      `${case_reference && onOneLine(` Case reference: ${case_reference}`)}\n` +
      `External-Identifier: ${share_id}\n` +
      `Internal-Sender-Identifier: ${home.thumbprint}\n` +
      `Payload-Oxum: ${size}.${data.length}\n`,
  );
  const publicKey = crypto.createPublicKey(home.key);
  add("home.pem", publicKey.export({ type: "spki", format: "pem" }));
  const tags = Object.keys(files).filter((name) => !data.includes(name));
  add("tagmanifest-sha256.txt", list(tags.sort()));
  const signature = crypto.sign("sha256", files["tagmanifest-sha256.txt"], home.key);
  add("tagmanifest-sha256.sig", signature);
}

function tar(folder, files, seconds) {
  const octal = (value, digits) => value.toString(8).padStart(digits, "0");
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(`${folder}/${name}`, 0);
    header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
    header.write(`${octal(content.length, 11)}\0${octal(seconds, 11)}\0`, 124);
    header.write("        0", 148);
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${octal(sum, 6)}\0 `, 148);
    return [header, content, Buffer.alloc(-content.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function share(home, choices) {
  const { request_id = null, note = "", case_reference = "", ...personal } = choices;
  const typed = { note: 2000, case_reference: 100, name: 200, contact: 200 };
  for (const [kind, most] of Object.entries(typed)) {
    const fits = (one) => [...one].length <= most && !one.includes("\0");
    demand(fits(choices[kind] ?? ""), `${kind} is too long, or has U+0000`);
  }
  const agency = agencyOf(home);
  const { name, iss, upload_endpoint, age_recipients } = agency.document;
  const feed = request_id && read(inHome(home, "requests.jws"));
  const request = feed && readRequest(agency, feed, request_id);
  const share_id = crypto.randomBytes(16).toString("hex");
  const folder = inHome(home, share_id);
  fs.mkdirSync(folder);
  const clip = record(path.join(folder, "clip.mp4"));
  const told = { labels: {}, personal, note, case_reference };
  const notice = noticeOf(agency, clip.facts, told, request);

  const tap = new Date(); // the person has read the whole notice before the start
  const ledger = confirmed(home, tap, {
    share_id,
    clip_id: share_id,
    agency_id: iss,
    notice_digest: sha256(canonical(notice)),
  });
  const statement = {
    schema: "doorwatch-share/1",
    share_id,
    confirmed_at: tap.toISOString(),
    home: { thumbprint: home.thumbprint, fingerprint: fingerprint(home.key) },
    agency: {
      name,
      issuer: iss,
      upload_origin: originOf(upload_endpoint),
      root_thumbprint: agency.root,
      fingerprint: agency.fingerprint,
      compared: true,
      terms_digest: termsDigest(agency),
    },
    file: { name: "data/clip.mp4", ...clip.facts, edits: null },
    clip: {
      clip_id: share_id,
      event_id: share_id,
      event: "manual",
      part: 1,
      other_parts: [],
      timezone: "UTC",
      width: 640,
      height: 360,
      video_codec: "h264",
      audio_codec: "aac",
      gaps: [],
      recovered: false,
      fetched_from: null,
      labels: told.labels,
    },
    personal,
    note,
    case_reference,
    request_id,
    request: request && { ...request, feed_sha256: sha256(feed) },
    declaration_sha256: null,
    consent: consentOf(home, agency, notice, share_id, tap),
    ledger: { digest: ledger },
    system: {
      clock_synchronised: null,
      camera_clock_offset: null,
      camera_make: null,
      camera_model: null,
      time_zone: "UTC",
      software: { "Second sender": "1", Node: process.versions.node },
    },
    proves: ["Who holds the key of this home signed it. Nothing was changed since."],
    does_not_prove: ["What the camera saw, and when."],
  };
  const people = [...Object.values(SENTENCES), "", ...spelled(statement), ""];
  const files = {
    "data/share.json": Buffer.from(`${canonical(statement)}\n`),
    "data/cover-sheet.txt": Buffer.from(people.join("\n")),
    ...(feed ? { "data/requests.jws": Buffer.from(feed) } : {}),
    "data/clip.mp4": clip.content,
  };
  bag(home, files, statement, tap);
  const recipients = age_recipients.flatMap((one) => ["-r", one]);
  const input = tar(`doorwatch-${share_id}`, files, Math.floor(tap / 1000));
  const sealed = path.join(folder, "package");
  execFileSync("age", [...recipients, "-o", sealed], { input });
  const sent = fs.readFileSync(sealed);
  keepShare(home, {
    share_id,
    ledger,
    binding: binding(agency),
    sha256: sha256(sent),
    size: sent.length,
    restarts: 0,
    ...FRESH,
  });
  console.log(share_id);
}

// Upload

const FRESH = { location: null, acknowledged: 0, sent: 0 };
const shareOf = (home, share_id) =>
  JSON.parse(read(inHome(home, share_id, "share.json")));
const keepShare = (home, one) =>
  write(inHome(home, one.share_id, "share.json"), JSON.stringify(one));
const isGone = ({ status }) => status === 404 || status === 410;

function judge(status, what) {
  if (status >= 200 && status < 300) return;
  const passes =
    [408, 423, 425, 429].includes(status) || (status >= 500 && status !== 501);
  if (passes) throw new Again(`${what}: ${status}`);
  const code = [401, 403].includes(status) ? ", ask for the new upload code" : "";
  throw new Refused(`${what}: ${status}${code}`);
}

function count(answer, name) {
  if (!/^\d{1,15}$/.test(answer.headers[name])) throw new Again(`no ${name}`);
  return Number(answer.headers[name]);
}

async function create(home, one, endpoint, headers) {
  const told = {
    filename: `${one.share_id}.tar.age`,
    filetype: "application/octet-stream",
    share_id: one.share_id,
    home: home.thumbprint,
    ledger: one.ledger,
  };
  const named = Object.entries(told).map(
    ([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`,
  );
  const made = await call("POST", endpoint, {
    headers: {
      ...headers,
      "Upload-Length": one.size,
      "Upload-Metadata": named.join(","),
    },
  });
  judge(made.status, "POST");
  if (!made.headers.location) throw new Again("no Location");
  const { href, origin } = new URL(made.headers.location, endpoint);
  demand(origin === originOf(endpoint), "the upload is on another origin");
  keepShare(home, Object.assign(one, FRESH, { location: href }));
}

/** Request the offset and send the rest; return true if the upload is complete. */
async function round(home, one, headers, progress) {
  const there = await call("HEAD", one.location, { headers });
  if (isGone(there)) return void Object.assign(one, FRESH);
  judge(there.status, "HEAD");
  const offset = count(there, "upload-offset");
  const length = Number(there.headers["upload-length"] ?? one.size);
  console.error(`${offset} of ${length} bytes are there`);
  if (length !== one.size) return void Object.assign(one, FRESH);
  if (offset < one.acknowledged || offset > one.sent) {
    demand((one.restarts += 1) <= 5, "the server loses what was sent");
    await call("DELETE", one.location, { headers }).catch(() => {});
    return void Object.assign(one, FRESH);
  }
  if (offset > one.acknowledged) progress();
  keepShare(home, Object.assign(one, { acknowledged: offset, sent: one.size }));
  if (offset === one.size) return true;
  const body = fs.readFileSync(inHome(home, one.share_id, "package")).subarray(offset);
  const type = { "Content-Type": "application/offset+octet-stream" };
  const told = { ...headers, ...type, "Upload-Offset": offset };
  const went = await call("PATCH", one.location, { headers: told, body });
  if (isGone(went)) return void Object.assign(one, FRESH);
  if (went.status === 409) return false;
  judge(went.status, "PATCH");
  keepShare(home, Object.assign(one, { acknowledged: count(went, "upload-offset") }));
  return one.acknowledged === one.size;
}

/** Remove an upload unless it is complete. */
async function takeBack(one, headers) {
  const there = await call("HEAD", one.location, { headers });
  if (isGone(there) || count(there, "upload-offset") === one.size) return;
  const gone = await call("DELETE", one.location, { headers });
  if (!isGone(gone)) judge(gone.status, "DELETE");
}

function tusHeaders(home) {
  const code = `Bearer ${process.env.UPLOAD_CODE ?? ""}`;
  const required = agencyOf(home).document.upload_code_required;
  return { "Tus-Resumable": "1.0.0", ...(required ? { Authorization: code } : {}) };
}

/** Fetch the document, and stop the share permanently if the confirmed data changed. */
async function confirm(home, one) {
  try {
    demand(!one.stopped, "it was stopped before");
    const agency = await fetchDocument(home, agencyOf(home).document.iss);
    demand(binding(agency) === one.binding, "the agency isn't as it was confirmed");
    return agency.document;
  } catch (error) {
    if (!(error instanceof Again)) {
      keepShare(home, Object.assign(one, { stopped: true }));
      if (one.location) await patiently(5, HOUR, () => takeBack(one, tusHeaders(home)));
    }
    throw error;
  }
}

async function deliver(home, one) {
  await patiently(5, HOUR, async (progress) => {
    const { upload_endpoint } = await confirm(home, one);
    const headers = tusHeaders(home);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      if (!one.location) await create(home, one, upload_endpoint, headers);
      if (await round(home, one, headers, progress)) return;
    }
    throw new Again("three rounds");
  });
  console.log("sent");
}

// Delivery receipt, and withdrawal

const RECEIPT = "doorwatch-receipt+jwt";
const ANSWER = "doorwatch-withdrawal-answer+jwt";

/** Verify an answer; if its key is unknown, fetch the document, at most every ten minutes. */
async function answered(home, one, token, typ) {
  const agency = agencyOf(home);
  try {
    const { claims } = checked(token, typ, keysOf(agency));
    const { iss, aud, jti } = claims;
    const said = [agency.document.iss, home.thumbprint, one.share_id];
    demand(canonical([iss, aud, jti]) === canonical(said), "about something else");
    return claims;
  } catch (error) {
    const rare = now() - (agency.looked_at ?? 0) >= 600;
    if (!(error instanceof UnknownKey && rare)) throw new Again(error.message);
    keep(home, { ...agency, looked_at: now() });
    await fetchDocument(home, agency.document.iss);
    return answered(home, one, token, typ);
  }
}

async function receipt(home, one) {
  const { receipts_uri } = agencyOf(home).document;
  demand(receipts_uri, "this agency gives no receipts");
  await patiently(5, 6 * HOUR, async () => {
    const { status, text } = await call("GET", `${receipts_uri}/${one.share_id}`);
    if (status !== 200) throw new Again(`no receipt: ${status}`);
    const claims = await answered(home, one, text, RECEIPT);
    const { schema, sha256: digest, size, ledger } = claims.receipt;
    if (schema !== "doorwatch-receipt/1") throw new Again("not a receipt");
    const right = digest === one.sha256 && size === one.size;
    demand(right && [one.ledger, null].includes(ledger), "it's for something else");
    const same = canonical({ ...claims.receipt, opened_at: null });
    demand(same === (one.receipt ?? same), "another receipt than the first");
    keepShare(home, { ...one, receipt: same });
    console.log(text);
  });
}

async function withdraw(home, one) {
  const { iss, withdrawals_uri } = agencyOf(home).document;
  demand(withdrawals_uri, "this agency takes no withdrawals");
  const kept = inHome(home, one.share_id, "withdrawal.jws");
  if (!fs.existsSync(kept)) {
    const requested_at = new Date().toISOString();
    const asks = { schema: "doorwatch-withdrawal/1", sha256: one.sha256, requested_at };
    const claims = { iss: home.thumbprint, aud: iss, jti: one.share_id, iat: now() };
    const jwk = jwkOf(home.key);
    const all = { ...claims, withdrawal: asks };
    write(kept, sign(home, "doorwatch-withdrawal+jwt", { jwk }, all));
  }
  const body = fs.readFileSync(kept);
  const headers = { "Content-Type": "application/jose" };
  await patiently(60, DAY, async () => {
    const { status, text } = await call("POST", withdrawals_uri, { headers, body });
    if (status === 202) return console.log("pending");
    if (status !== 200) throw new Again(`no answer: ${status}`);
    const { answer } = await answered(home, one, text, ANSWER);
    const { schema, withdrawal_sha256 } = answer;
    const mine = schema === "doorwatch-withdrawal-answer/1";
    if (!mine || withdrawal_sha256 !== sha256(body)) throw new Again("not this answer");
    console.log(text);
  });
}

const [command, folder, ...words] = process.argv.slice(2);
const home = openHome(folder);
const commands = {
  add: () => add(home, ...words),
  share: () => share(home, JSON.parse(words[0])),
  deliver: () => deliver(home, shareOf(home, words[0])),
  receipt: () => receipt(home, shareOf(home, words[0])),
  withdraw: () => withdraw(home, shareOf(home, words[0])),
};
try {
  await commands[command]();
} catch (error) {
  console.error(`refused: ${error.message}`);
  process.exitCode = 1;
}
