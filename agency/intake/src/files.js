// Files that are written whole or not at all.

import { constants } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";

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
  } finally {
    await handle.close();
  }
  return temporary;
}

/** Write a file in place of the one that is there. */
export async function writeWhole(file, text) {
  await fs.rename(await writeTemporary(file, text), file);
  await syncFolder(path.dirname(file));
}

/** Write a file where there is none; one that is there, whoever wrote it, stays. */
export async function writeOnce(file, text) {
  const temporary = await writeTemporary(file, text);
  await fs.link(temporary, file).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  await fs.rm(temporary);
  await syncFolder(path.dirname(file));
}

/** Make a folder that only the intake's user and its group read, without what a kill left. */
export async function openFolder(folder, mode) {
  await fs.mkdir(folder, { recursive: true, mode });
  await fs.chmod(folder, mode);
  for (const name of await fs.readdir(folder)) {
    if (name.endsWith(".tmp")) await fs.rm(path.join(folder, name));
  }
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
    const text = await readText(this.#file(id));
    return text === undefined ? undefined : JSON.parse(text);
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
