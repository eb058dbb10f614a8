/** What Vite has built, made ready to be served from the folder that it lies in. */

import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** A file has its name only once it is whole. */
async function write(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.part`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}

/**
 * Beside each file its compressed copies, which Home Assistant serves where the browser takes them;
 * entries.json, which says what the entries are called; and nothing of an earlier build. In this
 * order, so that a home that serves the folder meanwhile finds at any time what it names.
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
