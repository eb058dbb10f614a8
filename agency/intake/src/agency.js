// Who this intake is: what the published document says, and the online key that signs for it.

import path from "node:path";
import { readText } from "./files.js";
import { claimsOf, isSignedBy, kidOf, thumbprint } from "./jws.js";

const LONGEST = 400 * 86_400; // seconds that a document stands for, whatever its `exp` says

/** When homes stop going by it, in seconds; NaN when they never did. */
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

  /** Where the document is published. */
  get file() {
    return this.#folder && path.join(this.#folder, ".well-known", "doorwatch-agency");
  }

  /** Read anew each time: it may be published anew at any time. Undefined without one. */
  async document() {
    const token = this.file && (await readText(this.file));
    if (token === undefined) return undefined;
    try {
      return claimsOf(token);
    } catch {
      throw Object.assign(new Error("no document"), { code: "unreadable", path: this.file });
    }
  }

  /** Whether homes trust what this key signs. */
  lists(document, kid) {
    return listedIn(document).some((jwk) => thumbprint(jwk) === kid);
  }

  /** Whether a key that homes trust signed it: anyone with the inbox can write there. */
  signed(document, token) {
    const kid = kidOf(token);
    const jwk = listedIn(document).find((jwk) => thumbprint(jwk) === kid);
    return jwk !== undefined && isSignedBy(token, jwk);
  }

  /** Why nothing can be signed that a home would trust; undefined when it can. */
  whyNot(document) {
    if (this.#key === undefined) return "no signing key";
    if (document === undefined) return "no document is published";
    if (!this.lists(document, this.#key.kid)) return "the document doesn't list the signing key";
    if (!(Date.now() / 1000 < endOf(document))) return "the document has expired";
    return undefined;
  }

  /** Something that signs as the document says; undefined where no home would trust it. */
  signerOf(document) {
    return this.whyNot(document) === undefined ? this.#key : undefined;
  }
}
