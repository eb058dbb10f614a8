// Delivery receipts: a JWS each, served to whoever knows the share.
//
// The officer's command writes some too: its receipt also says when the package was opened.

import { claimsOf, kidOf, seconds } from "./jws.js";

const KIND = "doorwatch-receipt+jwt";

export const MADE = "made";
export const THERE = "there";

/** Whether a receipt says of a share what was noted of it. */
function isAbout({ iss, aud, jti, receipt }, document, id, record) {
  const { sha256, size, metadata } = record ?? {};
  return (
    iss === document.iss &&
    aud === metadata?.home &&
    jti === id &&
    receipt.sha256 === sha256 &&
    receipt.size === size
  );
}

export class Receipts {
  #agency;
  #making = new Map();
  #records;

  constructor({ records, agency }) {
    this.#agency = agency;
    this.#records = records;
  }

  /**
   * What a home is told: the same, signed by the intake's key where the document doesn't
   * list the one that signed it (anymore). Homes would refuse that. Nothing is signed that
   * isn't about this share: anyone with the inbox can write there.
   */
  async current(id) {
    const token = await this.#records.receipt(id);
    if (token === undefined || this.isOpened(token) === undefined) return token;
    const document = await this.#agency.document();
    const key = this.#agency.signerOf(document);
    if (key === undefined || this.#agency.lists(document, kidOf(token))) return token;
    const claims = claimsOf(token);
    if (!isAbout(claims, document, id, await this.#records.share(id))) return token;
    return key.sign(KIND, { ...claims, iat: seconds(await this.#records.now()) });
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
    const { text, days = null, digest } = document.retention;
    const token = key.sign(KIND, {
      iss: document.iss,
      aud: record.metadata.home,
      jti: id,
      iat: seconds(await this.#records.now()),
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
    await this.#records.giveReceipt(id, token);
    return MADE;
  }
}
