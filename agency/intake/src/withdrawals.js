// Withdrawals: requests of homes to delete a share. Request and result are recorded here; the
// officer's command writes the officer's answer, a JWS.
//
// A package that is still in the inbox is deleted at once. It is taken out of the inbox first,
// because an officer may take it at the same moment, and only one of the two succeeds.

import { claimsOf, open, seconds, sha256 } from "./jws.js";
import { refusal } from "./refusals.js";

const CLOCK_LEEWAY = 300; // seconds
const SHARE_ID = /^[A-Za-z0-9_-]{16,64}$/;
const DELETED = "It was still in our inbox and was deleted from it.";

/** Check form, signature, sender, recipient and time of a withdrawal. */
function readWithdrawal(token, origin, now) {
  let read;
  try {
    read = open(token, "doorwatch-withdrawal+jwt");
  } catch {
    throw refusal(400, "Not a withdrawal");
  }
  const { claims, signed, signer } = read;
  const { iss, aud, jti, iat, withdrawal } = claims;
  if (
    typeof jti !== "string" ||
    !SHARE_ID.test(jti) ||
    !Number.isSafeInteger(iat) ||
    withdrawal?.schema !== "doorwatch-withdrawal/1" ||
    typeof withdrawal.sha256 !== "string"
  ) {
    throw refusal(400, "Not a withdrawal");
  }
  if (!signed || iss !== signer || aud !== origin)
    throw refusal(403, "Not signed by that home for this agency");
  if (iat > seconds(now) + CLOCK_LEEWAY)
    throw refusal(403, "The withdrawal is dated in the future");
  return { id: jti, home: iss, digest: withdrawal.sha256 };
}

export class Withdrawals {
  #agency;
  #log;
  #perMinute;
  #receipts;
  #records;
  #uploads;

  constructor({ agency, receipts, stores, perMinute, log }) {
    this.#agency = agency;
    this.#log = log;
    this.#perMinute = perMinute;
    this.#receipts = receipts;
    this.#records = stores.records;
    this.#uploads = stores.uploads;
  }

  /** Finish deletions that a kill interrupted. */
  async resume() {
    for await (const id of this.#records.deletions()) {
      const finish = async () => {
        const note = await this.#records.withdrawal(id);
        if (note.result !== "deleted") await this.#finishDeleting(id, note);
      };
      await this.#records.turn(id, finish).catch((error) => this.#log.error(error, id));
    }
  }

  async #now() {
    return (await this.#records.now()).toISOString();
  }

  /** Accept a withdrawal; return the signed answer, or undefined if it can't be signed. */
  async take(token) {
    const document = await this.#agency.document();
    if (document === undefined) throw refusal(503, "No document is published");
    const { id, home, digest } = readWithdrawal(token, document.iss, await this.#records.now());
    let record = await this.#records.share(id);
    if (record?.arrived) {
      await this.#uploads.finish(id); // another intake may not have finished it
      record = await this.#records.share(id);
    }
    if (!record?.finished) throw refusal(404, "Unknown share");
    if (record.metadata.home !== home || record.sha256 !== digest) {
      throw refusal(403, "The home or the contents of this share are different");
    }
    // Count only withdrawals of homes, so that others can't use up the limit.
    await this.#records.limit("withdrawals", this.#perMinute);
    return this.#records.turn(id, () => this.#answer(id, token, document));
  }

  async #answer(id, token, document) {
    const digest = sha256(token);
    let note = await this.#records.withdrawal(id);
    if (note?.request_sha256 !== digest) {
      const fresh = { id, result: "pending", text: "", at: await this.#now() };
      note = { ...(note ?? fresh), request: token, request_sha256: digest };
      await this.#records.noteWithdrawal(id, note);
      this.#log.say(`withdrawal asked ${id}`);
    }
    const answered = await this.#records.answer(id);
    let { result, text, at } = note;
    if (answered !== undefined) {
      const { answer } = claimsOf(answered);
      if (answer.withdrawal_sha256 === digest) {
        this.#log.once(`withdrawal answer fetched ${id}, ${answer.result}`);
        return answered;
      }
      // An answer to an earlier request for the same share: repeat it if the agency signed it.
      if (this.#agency.signed(document, answered)) ({ result, text, at } = answer);
    } else if (result !== "deleted") {
      ({ result, text, at } = await this.#tryToDelete(id, note));
      if (result === "pending")
        this.#log.once(`withdrawal waits ${id}, the package was taken or opened`);
    }
    return this.#agency.signerOf(document)?.sign("doorwatch-withdrawal-answer+jwt", {
      iss: document.iss,
      aud: (await this.#records.share(id)).metadata.home,
      jti: id,
      iat: seconds(await this.#records.now()),
      answer: {
        schema: "doorwatch-withdrawal-answer/1",
        ...{ result, text, at, withdrawal_sha256: digest },
      },
    });
  }

  async #tryToDelete(id, note) {
    // It was opened, although it is still in the inbox: the officer decides.
    if (await this.#receipts.saysOpened(id)) return note;
    if (!(await this.#uploads.take(id))) return note; // an officer took it first
    return this.#finishDeleting(id, note);
  }

  async #finishDeleting(id, note) {
    await this.#records.noteWithdrawal(id, { ...note, result: "deleting" });
    await this.#uploads.destroy(id);
    const deleted = { ...note, result: "deleted", text: DELETED, at: await this.#now() };
    await this.#records.noteWithdrawal(id, deleted);
    this.#log.say(`withdrawal done ${id}, deleted from the inbox`);
    return deleted;
  }
}
