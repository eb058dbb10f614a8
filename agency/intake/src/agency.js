// Who this intake is: what the published document says, and the online key that signs for it.

import path from "node:path";
import { readText } from "./files.js";
import { claimsOf, thumbprint } from "./jws.js";

const LONGEST = 400 * 86_400; // seconds that a document stands for, whatever its `exp` says

/** Whether homes still go by it. */
const standing = ({ iat, exp }) =>
  Number.isInteger(iat) &&
  Number.isInteger(exp) &&
  Date.now() / 1000 < Math.min(exp, iat + LONGEST);

export class Agency {
  #folder;
  #key;

  constructor({ publicFolder, signingKey }) {
    this.#folder = publicFolder;
    this.#key = signingKey;
  }

  /** Read anew each time: it may be published anew at any time. Undefined without one. */
  async document() {
    if (!this.#folder) return undefined;
    const file = path.join(this.#folder, ".well-known", "doorwatch-agency");
    const token = await readText(file);
    return token === undefined ? undefined : claimsOf(token);
  }

  /** Something that signs as the document says; undefined where no home would trust it. */
  signerOf(document) {
    const listed = document?.keys?.keys ?? [];
    const vouched = listed.some((jwk) => thumbprint(jwk) === this.#key?.kid);
    return vouched && standing(document) ? this.#key : undefined;
  }
}
