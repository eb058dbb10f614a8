// Files that are written whole or not at all, and whom they are for.

import { constants } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";

const GROUP = 0o070;
const OTHERS = 0o007;
const SETGID = 0o2000;
// No bytes or no inodes left, over a quota, or the disk takes nothing at all just now; the
// same of PostgreSQL and of buckets.
const FULL = new Set(["ENOSPC", "EDQUOT", "EROFS", "53100", "EntityTooLarge", "QuotaExceeded"]);

export const isFull = (error) =>
  FULL.has(error?.code) || FULL.has(error?.name) || error?.$metadata?.httpStatusCode === 507;

export async function syncFolder(folder) {
  const handle = await fs.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function exists(file) {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

/** The text of a file; undefined where there is none. */
export async function readText(file) {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeTemporary(file, text) {
  const temporary = `${file}.tmp`;
  const handle = await fs.open(temporary, "w", 0o640);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw Object.assign(error, { path: temporary });
  } finally {
    await handle.close();
  }
  return temporary;
}

/** Write a file in place of the one that is there. */
async function writeWhole(file, text) {
  await fs.rename(await writeTemporary(file, text), file);
  await syncFolder(path.dirname(file));
}

/** Write a file where there is none; one that is there, whoever wrote it, stays. */
export async function writeOnce(file, text) {
  const temporary = await writeTemporary(file, text);
  try {
    await fs.link(temporary, file).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await fs.rm(temporary);
  }
  await syncFolder(path.dirname(file));
}

/** Make the inbox, where its parent is. In a folder that passes its group on, for that group. */
export async function makeInbox(inbox) {
  const parent = await fs.stat(path.dirname(path.resolve(inbox)));
  const mode = parent.mode & SETGID ? 0o770 : 0o700;
  await fs.mkdir(inbox, { mode }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** The id of the group that shares a folder: one that may write there. Undefined without. */
export async function groupOf(folder) {
  const { gid, mode } = await fs.stat(folder);
  return (mode & GROUP) === GROUP ? gid : undefined;
}

/**
 * Take the rights of others from what is ours, and give its group the ones that it lacks.
 * Nothing else changes: what an administrator set stays. (Who is not in a group and sets
 * modes there takes the setgid bit away, so they are set only where one is missing.)
 */
async function share(file, group, mode) {
  const stat = await fs.stat(file);
  if (stat.uid !== process.getuid()) return;
  if (group !== undefined && stat.gid !== group) await fs.chown(file, stat.uid, group);
  const given = group === undefined ? 0 : mode & (GROUP | SETGID);
  const wanted = ((stat.mode & 0o7777) | given) & ~OTHERS;
  if (wanted !== (stat.mode & 0o7777)) await fs.chmod(file, wanted);
}

/** Give the group what came before it had a part in it. Says nothing: see warnings.js. */
export async function shareFiles(folder, group) {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    await share(path.join(folder, entry.name), group, 0o640).catch(() => undefined);
  }
}

/**
 * Make a folder of the intake's, without what a kill left. `mode` is for who shares the
 * inbox; without a group only the intake's user may enter it.
 */
export async function openFolder(folder, mode, group) {
  await fs.mkdir(folder, { recursive: true, mode: group === undefined ? 0o700 : mode });
  for (const name of await fs.readdir(folder)) {
    if (name.endsWith(".tmp")) await fs.rm(path.join(folder, name));
  }
  await share(folder, group, SETGID | mode).catch(() => undefined);
  if (group !== undefined) await shareFiles(folder, group);
}

/** Records as JSON files, each written whole or not at all. */
export class Records {
  constructor(folder) {
    this.folder = folder;
  }

  #file(id) {
    return path.join(this.folder, `${id}.json`);
  }

  async get(id) {
    const file = this.#file(id);
    const text = await readText(file);
    if (text === undefined) {
      await fs.access(this.folder); // what is on a disk that is away is not unknown
      return undefined;
    }
    try {
      return JSON.parse(text);
    } catch {
      // What JSON.parse says would quote the file.
      throw Object.assign(new Error("not a record"), { code: "unreadable", path: file });
    }
  }

  async set(id, record) {
    await writeWhole(this.#file(id), JSON.stringify(record));
  }

  async delete(id) {
    await fs.rm(this.#file(id), { force: true });
  }

  async list() {
    const names = await fs.readdir(this.folder);
    return names
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length));
  }
}
