// Signed documents: compact JWS (RFC 7515) with ES256 only, as RFC 8725 recommends.

import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

const HEADER = new Set(["alg", "jwk", "kid", "typ"]);
const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/; // 32 bytes in base64url
const NAMES_AND_STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

export const sha256 = (data) => createHash("sha256").update(data).digest("hex");

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}

/** Convert a date to the seconds used in signed documents. */
export const seconds = (date) => Math.floor(date.getTime() / 1000);

/** Encode JSON on one line, with sorted names and no spaces. */
const canonical = (value) => JSON.stringify(sorted(value));
const encode = (data) => Buffer.from(data).toString("base64url");

function decode(text) {
  const data = Buffer.from(text, "base64url");
  if (!text || data.toString("base64url") !== text) throw new Error("not base64url");
  return data;
}

const countNames = (value) =>
  value === null || typeof value !== "object"
    ? 0
    : (Array.isArray(value) ? 0 : Object.keys(value).length) +
      Object.values(value).reduce((count, inner) => count + countNames(inner), 0);

/** Parse a JSON object without duplicate names. */
function readObject(data) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  const value = JSON.parse(text);
  const written = [...text.matchAll(NAMES_AND_STRINGS)].filter((match) => match[1]).length;
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error("not an object");
  }
  if (written !== countNames(value)) throw new Error("a name occurs twice");
  return value;
}

/** Return the RFC 7638 thumbprint (SHA-256) of a P-256 key. */
export function thumbprint({ crv, kty, x, y }) {
  return createHash("sha256").update(canonical({ crv, kty, x, y })).digest("base64url");
}

/** The agency's online key. */
export class SigningKey {
  #key;

  constructor(pem) {
    this.#key = createPrivateKey(pem);
    if (this.#key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
      throw new Error("not a P-256 key");
    }
    this.kid = thumbprint(createPublicKey(this.#key).export({ format: "jwk" }));
  }

  sign(typ, claims) {
    const header = { alg: "ES256", kid: this.kid, typ };
    const signed = `${encode(canonical(header))}.${encode(canonical(claims))}`;
    const key = { key: this.#key, dsaEncoding: "ieee-p1363" };
    return `${signed}.${encode(sign("sha256", Buffer.from(signed), key))}`;
  }
}

const part = (token, number) => readObject(decode(token.trim().split(".")[number] ?? ""));

/** Return the claims of one of the agency's documents, unverified. */
export const claimsOf = (token) => part(token, 1);

/** Return the key ID of a document, unverified. */
export const kidOf = (token) => part(token, 0).kid;

/** Return the type of a document, unverified. */
export const typeOf = (token) => part(token, 0).typ;

/**
 * Parse a document with an embedded key. `signed` is whether the signature is valid; throws if
 * it is not such a document.
 */
export function open(token, typ) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new Error("not three parts");
  const [header, claims] = parts.slice(0, 2).map((part) => readObject(decode(part)));
  const signature = decode(parts[2]);
  if (header.alg !== "ES256" || header.typ !== typ) throw new Error("another kind");
  if (!Object.keys(header).every((name) => HEADER.has(name))) throw new Error("odd header");
  const { crv, kty, x, y } = header.jwk ?? {};
  if (crv !== "P-256" || kty !== "EC" || !COORDINATE.test(x) || !COORDINATE.test(y)) {
    throw new Error("no key");
  }
  const signed = isSigned(parts, signature, { crv, kty, x, y });
  return { claims, signed, signer: thumbprint({ crv, kty, x, y }) };
}

function isSigned([header, claims], signature, jwk) {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const data = Buffer.from(`${header}.${claims}`);
  return (
    signature.length === 64 &&
    verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature)
  );
}

/** Whether this key signed one of the agency's documents. */
export function isSignedBy(token, { crv, kty, x, y }) {
  const parts = token.trim().split(".");
  if (parts.length !== 3 || part(token, 0).alg !== "ES256") return false;
  return isSigned(parts, decode(parts[2]), { crv, kty, x, y });
}
