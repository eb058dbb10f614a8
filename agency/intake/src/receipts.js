// Delivery receipts: a JWS each, served to whoever knows the share.
//
// The officer's command writes some too: its receipt also says when the package was opened.

import { claimsOf, kidOf, seconds } from "./jws.js";

const KIND = "doorwatch-receipt+jwt";

export const MADE = "made";
export const THERE = "there";

/** What a home is told of a share. */
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
   * What a home is told. Where the document doesn't list the key that signed it (anymore),
   * homes would refuse it, so the intake signs what it says itself of this share. Of what is
   * written there it takes only when the package was opened: anyone with the inbox can write.
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

  /** Whether a receipt says so; undefined when it says nothing that can be read. */
  isOpened(token) {
    try {
      return claimsOf(token).receipt.opened_at != null;
    } catch {
      return undefined;
    }
  }

  /**
   * Make the receipt of a complete upload where there is none and a key to do it. Returns
   * MADE, THERE, or why there is none.
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
