// Stores for a small intake: one process, everything in one folder.
//
// INBOX/SHARE.tar.age: finished packages. INBOX/.incoming: unfinished uploads, and a record of
// every share (../store.js). INBOX/.receipts/SHARE: a JWS each. INBOX/.withdrawals: for each
// share SHARE.json (the request and its result) and SHARE.answer (the officer's answer, a
// JWS). The officer's command also writes to the last two folders.

import fs from "node:fs/promises";
import path from "node:path";
import {
  Records,
  exists,
  groupOf,
  makeInbox,
  openFolder,
  readText,
  shareFiles,
  writeOnce,
} from "../files.js";
import { InboxStore } from "../store.js";
import { refusal } from "../refusals.js";

const MINUTE = 60_000;
const FEW_INODES = 1000;
const SETGID = 0o2000;

const ALONE = (inbox) =>
  `hint only the intake's user can use ${inbox}. For a group of officers, run once as root: ` +
  `chgrp GROUP ${inbox} && chmod 2770 ${inbox}, then restart the intake`;

class FolderRecords {
  #limits = new Map(); // kind: start of the minute, and count
  #log;
  #notes;
  #receipts;
  #store;
  #turns = new Map(); // id: the last queued work of this share
  #withdrawals;

  constructor({ inbox, store, log }) {
    this.#log = log;
    this.#receipts = path.join(inbox, ".receipts");
    this.#store = store;
    this.#withdrawals = path.join(inbox, ".withdrawals");
    this.#notes = new Records(this.#withdrawals);
  }

  async open(group) {
    await openFolder(this.#receipts, 0o770, group);
    await openFolder(this.#withdrawals, 0o770, group);
  }

  now() {
    return new Date();
  }

  share(id) {
    return this.#store.records.get(id);
  }

  async *withoutReceipt() {
    for await (const [id, record] of this.#store.all()) {
      if (record.finished && !(await this.hasReceipt(id))) yield [id, record];
    }
  }

  async *untold() {
    for await (const [id, record] of this.#store.all()) {
      if (record.finished && record.told === false) yield id;
    }
  }

  noteTold(id) {
    return this.#store.noteTold(id);
  }

  hasReceipt(id) {
    return exists(path.join(this.#receipts, id));
  }

  receipt(id) {
    return readText(path.join(this.#receipts, id));
  }

  giveReceipt(id, token) {
    return writeOnce(path.join(this.#receipts, id), token);
  }

  withdrawal(id) {
    return this.#notes.get(id);
  }

  noteWithdrawal(id, note) {
    return this.#notes.set(id, note);
  }

  answer(id) {
    return readText(path.join(this.#withdrawals, `${id}.answer`));
  }

  async *deletions() {
    for (const id of await this.#notes.list()) {
      try {
        const { result } = await this.#notes.get(id);
        const removed = path.join(this.#withdrawals, `${id}.removed`);
        if (result === "deleting" || (await exists(removed))) yield id;
      } catch (error) {
        this.#log.error(error);
      }
    }
  }

  async limit(kind, perMinute) {
    const now = performance.now(); // not the system clock, which may be set back
    let { began, count } = this.#limits.get(kind) ?? { began: -Infinity, count: 0 };
    if (now - began >= MINUTE) [began, count] = [now, 0];
    count += 1;
    this.#limits.set(kind, { began, count });
    if (count > perMinute) throw refusal(429, "Too many requests, try again later");
  }

  async turn(id, work) {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  /** Run the work: there is no other process. */
  alone(_what, work) {
    return work();
  }

  async counts() {
    const { bytes: reserved, free } = await this.#store.reservations.state();
    const counts = { unfinished: 0, waiting: 0, withoutReceipt: 0, age: 0, reserved, free };
    const now = Date.now();
    for await (const [id, record] of this.#store.all()) {
      if (!record.finished) {
        counts.unfinished += 1;
        continue;
      }
      if (await exists(this.#store.packageOf(id))) counts.waiting += 1;
      if (await this.hasReceipt(id)) continue;
      counts.withoutReceipt += 1;
      counts.age = Math.max(counts.age, (now - Date.parse(record.received_at)) / 1000 || 0);
    }
    return counts;
  }
}

async function aboutGroup(inbox) {
  const { mode } = await fs.stat(inbox);
  if ((await groupOf(inbox)) === undefined) {
    return mode & SETGID ? [`the group can't write to ${inbox}. Run: chmod 2770 ${inbox}`] : [];
  }
  const { gid } = await fs.stat(inbox);
  const wrong = [];
  for (const [name, needed] of [
    [".incoming", 0o050],
    [".receipts", 0o070],
    [".withdrawals", 0o070],
  ]) {
    const folder = path.join(inbox, name);
    const stat = await fs.stat(folder);
    const shared = stat.gid === gid && stat.mode & SETGID && (stat.mode & needed) === needed;
    if (!shared) wrong.push(folder);
  }
  if (wrong.length === 0) return [];
  return [
    `the group of ${inbox} can't use ${wrong.join(" ")}. Run as root: ` +
      `chgrp -R --reference=${inbox} ${wrong.join(" ")} && chmod -R g+rwX ${wrong.join(" ")} && chmod g+s ${wrong.join(" ")}`,
  ];
}

async function aboutSpace(inbox, maxBytes, reservations) {
  const { files, ffree } = await fs.statfs(inbox);
  const { bytes, free, uploads } = await reservations.state();
  const half = (free - bytes) / 2; // the most that one home can reserve
  const found = [];
  await fs
    .access(inbox, fs.constants.W_OK)
    .catch(({ code }) =>
      found.push(`${inbox} takes no changes (${code}), and homes are asked to come back later`),
    );
  if (half < maxBytes) {
    const held = bytes ? `, of which ${uploads} uploads reserve ${Math.ceil(bytes / 1e6)} MB` : "";
    found.push(
      `the free space is ${Math.floor(free / 1e6)} MB${held}. One home can use half of what is left, less than one package may need (${Math.ceil(maxBytes / 1e6)} MB)`,
    );
  }
  if (files > 0 && ffree < FEW_INODES) found.push(`the disk has room for only ${ffree} more files`);
  return found;
}

export class FolderStores {
  #group;
  #inbox;
  locker = undefined; // the default of tus, for one process

  constructor({ inbox, log, expiresAfter }) {
    this.#inbox = inbox;
    this.uploads = new InboxStore({ inbox, log, expiresAfter });
    this.records = new FolderRecords({ inbox, store: this.uploads, log });
  }

  /**
   * Create the folders and finish uploads that a crash left complete but outside the inbox.
   */
  async open() {
    await makeInbox(this.#inbox);
    this.#group = await groupOf(this.#inbox);
    await this.records.open(this.#group);
    await this.uploads.open(this.#group);
    if (this.#group !== undefined) await shareFiles(this.#inbox, this.#group);
  }

  looks(maxBytes) {
    const { reservations } = this.uploads;
    return [aboutGroup(this.#inbox), aboutSpace(this.#inbox, maxBytes, reservations)];
  }

  get hint() {
    return this.#group === undefined ? ALONE(this.#inbox) : undefined;
  }

  /** Throw if packages can't be stored. */
  async check() {
    await fs.access(this.#inbox, fs.constants.W_OK);
  }

  async tidy() {
    await this.uploads.deleteExpired();
  }

  async close() {}
}
