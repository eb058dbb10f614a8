// Delivery receipts: one JWS per share, served to anyone who knows the share.
//
// The officer's command also writes receipts, which include when the package was opened.

import { claimsOf, kidOf, seconds } from "./jws.js";

const KIND = "doorwatch-receipt+jwt";

export const MADE = "made";
export const THERE = "there";

/** Return the claims of a receipt. */
function claimsAbout({ document, id, record, now, opened_at }) {
  const { text, days = null, digest } = document.retention;
  return {
    iss: document.iss,
    aud: record.metadata.home,
    jti: id,
    iat: seconds(now),
    receipt: {
      schema: "doorwatch-receipt/1",
      sha256: record.sha256,
      size: record.size,
      received_at: record.received_at,
      retention: { text, days, digest },
      ledger: record.metadata.ledger ?? null,
      opened_at,
    },
  };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

export class Receipts {
  #agency;
  #making = new Map();
  #records;

  constructor({ records, agency }) {
    this.#agency = agency;
    this.#records = records;
  }

  /**
   * Return the receipt for a home. If the document no longer lists the key of the stored
   * receipt, homes would reject it, so the intake signs a new one. From the stored one, it
   * keeps only when the package was opened, because anyone with the inbox can write it.
   */
  async current(id) {
    const token = await this.#records.receipt(id);
    if (token === undefined || this.isOpened(token) === undefined) return token;
    const document = await this.#agency.document();
    const key = this.#agency.signerOf(document);
    if (key === undefined || this.#agency.lists(document, kidOf(token))) return token;
    const record = await this.#records.share(id);
    if (!record?.finished || !record.sha256) return token;
    const { opened_at = null } = claimsOf(token).receipt;
    if (opened_at !== null && !TIME.test(opened_at)) return token;
    const now = await this.#records.now();
    return key.sign(KIND, claimsAbout({ document, id, record, now, opened_at }));
  }

  async saysOpened(id) {
    const token = await this.#records.receipt(id);
    return token !== undefined && this.isOpened(token) !== false;
  }

  /** Whether a receipt says that the package was opened; undefined if it can't be read. */
  isOpened(token) {
    try {
      return claimsOf(token).receipt.opened_at != null;
    } catch {
      return undefined;
    }
  }

  /**
   * Make the receipt of a complete upload if there is none. Return MADE, THERE, or the reason
   * why it can't be made.
   */
  make(id, record) {
    let work = this.#making.get(id);
    if (work === undefined) {
      work = this.#make(id, record).finally(() => this.#making.delete(id));
      this.#making.set(id, work);
    }
    return work;
  }

  async #make(id, record) {
    if (await this.#records.hasReceipt(id)) return THERE;
    if (!record.sha256) return "its digest was not noted";
    const document = await this.#agency.document();
    const reason = this.#agency.whyNot(document);
    if (reason !== undefined) return reason;
    const key = this.#agency.signerOf(document);
    const now = await this.#records.now();
    const token = key.sign(KIND, claimsAbout({ document, id, record, now, opened_at: null }));
    await this.#records.giveReceipt(id, token);
    return MADE;
  }
}
