// Write files atomically, for the intake's user or for a group.

import { constants } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";

const GROUP = 0o070;
const OTHERS = 0o007;
const SETGID = 0o2000;
// No bytes or inodes left, quota exceeded, or read-only; also as PostgreSQL and buckets say
// it.
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

/** Return the text of a file; undefined if it doesn't exist. */
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

/** Write a file, replacing an existing one. */
async function writeWhole(file, text) {
  await fs.rename(await writeTemporary(file, text), file);
  await syncFolder(path.dirname(file));
}

/** Write a file, unless one exists. */
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

/** Create the inbox if its parent exists; for the parent's group if the parent is setgid. */
export async function makeInbox(inbox) {
  const parent = await fs.stat(path.dirname(path.resolve(inbox)));
  const mode = parent.mode & SETGID ? 0o770 : 0o700;
  await fs.mkdir(inbox, { mode }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** Return the ID of the group that may write to a folder; undefined if there is none. */
export async function groupOf(folder) {
  const { gid, mode } = await fs.stat(folder);
  return (mode & GROUP) === GROUP ? gid : undefined;
}

/**
 * Remove access for others and add missing rights of the group. Rights that an administrator
 * added stay. (chmod by a user who is not in the group clears the setgid bit, so it is called
 * only if a right is missing.)
 */
async function share(file, group, mode) {
  const stat = await fs.stat(file);
  if (stat.uid !== process.getuid()) return;
  if (group !== undefined && stat.gid !== group) await fs.chown(file, stat.uid, group);
  const given = group === undefined ? 0 : mode & (GROUP | SETGID);
  const wanted = ((stat.mode & 0o7777) | given) & ~OTHERS;
  if (wanted !== (stat.mode & 0o7777)) await fs.chmod(file, wanted);
}

/** Give the group access to older files. Failures are reported by warnings.js. */
export async function shareFiles(folder, group) {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    await share(path.join(folder, entry.name), group, 0o640).catch(() => undefined);
  }
}

/**
 * Create a folder of the intake and remove what a kill left in it. `mode` applies if a group
 * shares the inbox; without a group, only the intake's user has access.
 */
export async function openFolder(folder, mode, group) {
  await fs.mkdir(folder, { recursive: true, mode: group === undefined ? 0o700 : mode });
  for (const name of await fs.readdir(folder)) {
    if (name.endsWith(".tmp")) await fs.rm(path.join(folder, name));
  }
  await share(folder, group, SETGID | mode).catch(() => undefined);
  if (group !== undefined) await shareFiles(folder, group);
}

/** Records as JSON files, written atomically. */
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
      await fs.access(this.folder); // without a mounted disk, a record is not unknown
      return undefined;
    }
    try {
      return JSON.parse(text);
    } catch {
      // The message of JSON.parse would quote the file.
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
