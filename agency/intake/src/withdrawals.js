// Withdrawals: a home asks that a share be deleted. INBOX/.withdrawals holds of each share
// SHARE.json (what was asked and what became of it, written here) and SHARE.answer (the
// officer's answer, a JWS, written by the officer's command).
//
// A package that is still in the inbox is deleted at once. It is renamed out of the inbox
// first, since an officer may take it at the same moment: only one of the two renames works.

import fs from "node:fs/promises";
import path from "node:path";
import { Records, exists, openFolder, readText, syncFolder } from "./files.js";
import { claimsOf, open, sha256 } from "./jws.js";
import { refusal } from "./refusals.js";

const CLOCK_LEEWAY = 300; // seconds
const SHARE_ID = /^[A-Za-z0-9_-]{16,64}$/;
const DELETED = "It was still in our inbox and was deleted from it.";
const now = () => new Date().toISOString();

/** Check a withdrawal by itself: form, signature, sender, addressee, time. */
function readWithdrawal(token, origin) {
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
  if (iat > Date.now() / 1000 + CLOCK_LEEWAY)
    throw refusal(403, "The withdrawal is dated in the future");
  return { id: jti, home: iss, digest: withdrawal.sha256 };
}

export class Withdrawals {
  #agency;
  #checkRate;
  #folder;
  #log;
  #receipts;
  #store;
  #turns = new Map(); // id: what goes on for this share

  /** checkRate: throws when there are too many; only of homes, or others would use it up. */
  constructor({ inbox, agency, receipts, store, checkRate, log }) {
    this.#agency = agency;
    this.#checkRate = checkRate;
    this.#folder = path.join(inbox, ".withdrawals");
    this.#log = log;
    this.#receipts = receipts;
    this.#store = store;
    this.notes = new Records(this.#folder);
  }

  /** Make the folder and finish deletions that a kill interrupted. */
  async open(group) {
    await openFolder(this.#folder, 0o770, group);
    for (const id of await this.notes.list()) {
      try {
        const note = await this.notes.get(id);
        if (note.result === "deleting" || (await exists(this.#removed(id)))) {
          await this.#finishDeleting(id, note);
        }
      } catch (error) {
        this.#log.error(error);
      }
    }
  }

  #removed(id) {
    return path.join(this.#folder, `${id}.removed`);
  }

  /** Take a withdrawal; the signed answer, or undefined when nothing can be signed. */
  async take(token) {
    const document = await this.#agency.document();
    if (document === undefined) throw refusal(503, "No document is published");
    const { id, home, digest } = readWithdrawal(token, document.iss);
    const record = await this.#store.records.get(id);
    if (!record?.finished) throw refusal(404, "Unknown share");
    if (record.metadata.home !== home || record.sha256 !== digest) {
      throw refusal(403, "The home or the contents of this share are different");
    }
    this.#checkRate();
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.#answer(id, token, document));
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  async #answer(id, token, document) {
    const digest = sha256(token);
    let note = await this.notes.get(id);
    if (note?.request_sha256 !== digest) {
      const fresh = { id, result: "pending", text: "", at: now() };
      note = { ...(note ?? fresh), request: token, request_sha256: digest };
      await this.notes.set(id, note);
      this.#log.say(`withdrawal asked ${id}`);
    }
    const answered = await readText(path.join(this.#folder, `${id}.answer`));
    let { result, text, at } = note;
    if (answered !== undefined) {
      const { answer } = claimsOf(answered);
      if (answer.withdrawal_sha256 === digest) {
        this.#log.once(`withdrawal answer fetched ${id}, ${answer.result}`);
        return answered;
      }
      ({ result, text, at } = answer); // of an earlier request for the same share
    } else if (result !== "deleted") {
      ({ result, text, at } = await this.#tryToDelete(id, note));
      if (result === "pending")
        this.#log.once(`withdrawal waits ${id}, the package was taken or opened`);
    }
    return this.#agency.signerOf(document)?.sign("doorwatch-withdrawal-answer+jwt", {
      iss: document.iss,
      aud: (await this.#store.records.get(id)).metadata.home,
      jti: id,
      iat: Math.floor(Date.now() / 1000),
      answer: {
        schema: "doorwatch-withdrawal-answer/1",
        ...{ result, text, at, withdrawal_sha256: digest },
      },
    });
  }

  async #tryToDelete(id, note) {
    // Opened already, though it still lies in the inbox: that is for the officer to decide.
    if (await this.#receipts.saysOpened(id)) return note;
    try {
      await fs.rename(this.#store.packageOf(id), this.#removed(id));
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
      if (!(await exists(this.#removed(id)))) return note; // an officer was faster
    }
    await syncFolder(this.#folder);
    return this.#finishDeleting(id, note);
  }

  async #finishDeleting(id, note) {
    await this.notes.set(id, { ...note, result: "deleting" });
    await fs.rm(this.#removed(id), { force: true });
    await syncFolder(this.#folder);
    const deleted = { ...note, result: "deleted", text: DELETED, at: now() };
    await this.notes.set(id, deleted);
    this.#log.say(`withdrawal done ${id}, deleted from the inbox`);
    return deleted;
  }
}
