// The intake's log: one line per event on stdout, with the time and, if it is about a share,
// its number. Never an IP address, code, header, or content.

import path from "node:path";
import { fileURLToPath } from "node:url";

const MINUTE = 60_000;
// Lines per minute of each kind that clients can cause at will. The rest is counted.
const EACH = 5;
const MOST_SAID = 100_000; // lines that are not repeated
const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Describe an error without its message, which may quote content. */
export function nameOf(error) {
  const code = error?.code ?? error?.name ?? "unknown";
  if (typeof error?.path === "string") return `${code} ${path.basename(error.path)}`;
  if (error?.syscall) return `${code} ${error.syscall}`;
  const frame = String(error?.stack)
    .split("\n")
    .find((line) => line.includes(HERE) && !line.includes("node_modules"));
  const place = frame && /([a-z_]+\.js:\d+)/.exec(frame)?.[1];
  return place ? `${code} at ${place}` : code;
}

export class Log {
  #counts = new Map();
  #said = new Set();
  #timer;
  #write;

  constructor(write = (line) => process.stdout.write(line)) {
    this.#write = write;
  }

  say(text) {
    this.#write(`${new Date().toISOString()} ${text.replaceAll(UNPRINTABLE, "\ufffd")}\n`);
  }

  /** Log a line only once per run. */
  once(text) {
    if (this.#said.has(text)) return;
    if (this.#said.size >= MOST_SAID) this.#said.clear();
    this.#said.add(text);
    this.say(text);
  }

  /** Log a few lines per minute of a kind, and then their number. */
  often(kind, text = kind) {
    this.#timer ??= setTimeout(() => this.flush(), MINUTE).unref();
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= EACH) this.say(text);
  }

  error(error, about = "") {
    const what = nameOf(error);
    const begin = error?.what ? `error ${error.what}` : "error"; // the service that failed
    const kind = `${begin} ${what.split(" ", 1)[0]}`;
    const more = about && !what.includes(about) ? ` (${about})` : "";
    this.often(kind, `${begin} ${what}${more}`);
  }

  /** Log the number of suppressed lines. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const more = [...this.#counts].filter(([, count]) => count > EACH);
    this.#counts.clear();
    if (more.length === 0) return;
    this.say(`in this minute also ${more.map(([kind, n]) => `${n - EACH} x ${kind}`).join(", ")}`);
  }
}
