/** Prepare Vite's output to be served from the integration's folder. */

import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Write a file atomically. */
async function write(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.part`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}

/**
 * Write a compressed copy of each file, which Home Assistant serves to browsers that accept it;
 * then entries.json with the names of the entry files; then remove files of earlier builds. In
 * this order, a home that serves the folder meanwhile always finds what entries.json names.
 */
export function publish(): Plugin {
  return {
    name: "publish",
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error("Nothing says where to write");
      const kept = new Set(["entries.json"]);
      const entries: Record<string, string> = {};
      for (const part of Object.values(bundle)) {
        const path = join(dir, part.fileName);
        const content = await readFile(path);
        await write(`${path}.br`, await brotli(content));
        await write(`${path}.gz`, await zip(content, { level: 9 }));
        for (const end of ["", ".br", ".gz"]) kept.add(part.fileName + end);
        if (part.type === "chunk" && part.isEntry)
          entries[part.name.replace("doorwatch-", "")] = part.fileName;
      }
      await write(join(dir, "entries.json"), `${JSON.stringify(entries)}\n`);
      for (const name of await readdir(dir)) {
        if (!kept.has(name)) await rm(join(dir, name), { recursive: true });
      }
    },
  };
}
