// Delivery receipts: a JWS each, served to whoever knows the share.
//
// The officer's command writes some too: its receipt also says when the package was opened.

import { isDeepStrictEqual } from "node:util";
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

/** Whether two say the same, whenever. */
const isSame = (claims, others) => isDeepStrictEqual({ ...claims, iat: 0 }, { ...others, iat: 0 });

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
   * isn't what this intake would say, but for when it was opened: anyone with the inbox can
   * write there.
   */
  async current(id) {
    const token = await this.#records.receipt(id);
    if (token === undefined || this.isOpened(token) === undefined) return token;
    const document = await this.#agency.document();
    const key = this.#agency.signerOf(document);
    if (key === undefined || this.#agency.lists(document, kidOf(token))) return token;
    const record = await this.#records.share(id);
    if (!record?.finished) return token;
    const claims = claimsOf(token);
    const { opened_at } = claims.receipt;
    const now = await this.#records.now();
    const right = claimsAbout({ document, id, record, now, opened_at });
    return isSame(claims, right) ? key.sign(KIND, right) : token;
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
