// The agency's identity: its published document, and the online key that signs for it.

import path from "node:path";
import { readText } from "./files.js";
import { claimsOf, isSignedBy, kidOf, thumbprint } from "./jws.js";

const LONGEST = 400 * 86_400; // seconds that a document is valid, whatever its `exp` is

/** When homes stop accepting the document, in seconds; NaN if it has no valid times. */
export const endOf = ({ iat, exp }) =>
  Number.isInteger(iat) && Number.isInteger(exp) ? Math.min(exp, iat + LONGEST) : Number.NaN;

const listedIn = (document) => document?.keys?.keys ?? [];

export class Agency {
  #folder;
  #key;

  constructor({ publicFolder, signingKey }) {
    this.#folder = publicFolder;
    this.#key = signingKey;
  }

  /** The path of the published document. */
  get file() {
    return this.#folder && path.join(this.#folder, ".well-known", "doorwatch-agency");
  }

  /**
   * Read the document each time, because it may be replaced at any time; undefined without
   * one.
   */
  async document() {
    const token = this.file && (await readText(this.file));
    if (token === undefined) return undefined;
    try {
      return claimsOf(token);
    } catch {
      throw Object.assign(new Error("no document"), { code: "unreadable", path: this.file });
    }
  }

  /** Whether homes accept signatures of this key. */
  lists(document, kid) {
    return listedIn(document).some((jwk) => thumbprint(jwk) === kid);
  }

  /**
   * Whether a key that homes accept signed a token. Anyone with the inbox can write there.
   */
  signed(document, token) {
    const kid = kidOf(token);
    const jwk = listedIn(document).find((jwk) => thumbprint(jwk) === kid);
    return jwk !== undefined && isSignedBy(token, jwk);
  }

  /** Why homes would not accept our signature; undefined if they would. */
  whyNot(document) {
    if (this.#key === undefined) return "no signing key";
    if (document === undefined) return "no document is published";
    if (!this.lists(document, this.#key.kid)) return "the document doesn't list the signing key";
    if (!(Date.now() / 1000 < endOf(document))) return "the document has expired";
    return undefined;
  }

  /**
   * Return a signer for the document's agency; undefined if homes would reject its signatures.
   */
  signerOf(document) {
    return this.whyNot(document) === undefined ? this.#key : undefined;
  }
}
