// Delivery receipts: INBOX/.receipts/SHARE, a JWS each, served to whoever knows the share.
//
// The officer's command writes here too: its receipt also says when the package was opened.

import path from "node:path";
import { exists, openFolder, readText, writeOnce } from "./files.js";
import { claimsOf } from "./jws.js";

export class Receipts {
  #agency;
  #folder;
  #making = new Map();

  constructor({ inbox, agency }) {
    this.#agency = agency;
    this.#folder = path.join(inbox, ".receipts");
  }

  async open() {
    await openFolder(this.#folder, 0o770);
  }

  #file(id) {
    return path.join(this.#folder, id);
  }

  get(id) {
    return readText(this.#file(id));
  }

  async saysOpened(id) {
    const token = await this.get(id);
    return token !== undefined && claimsOf(token).receipt?.opened_at != null;
  }

  /** Make the receipt of a complete upload where there is none and a key to do it. */
  make(id, record) {
    let work = this.#making.get(id);
    if (work === undefined) {
      work = this.#make(id, record).finally(() => this.#making.delete(id));
      this.#making.set(id, work);
    }
    return work;
  }

  async #make(id, record) {
    if (!record.sha256 || (await exists(this.#file(id)))) return;
    const document = await this.#agency.document();
    const key = this.#agency.signerOf(document);
    if (key === undefined) return;
    const { text, days = null, digest } = document.retention;
    const token = key.sign("doorwatch-receipt+jwt", {
      iss: document.iss,
      aud: record.metadata.home,
      jti: id,
      iat: Math.floor(Date.now() / 1000),
      receipt: {
        schema: "doorwatch-receipt/1",
        sha256: record.sha256,
        size: record.size,
        received_at: record.received_at,
        retention: { text, days, digest },
        ledger: record.metadata.ledger ?? null,
        opened_at: null,
      },
    });
    await writeOnce(this.#file(id), token);
  }
}
