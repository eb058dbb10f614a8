// What the intake says: one line per event on stdout, with the time and, where it is about
// one, the number of the share. Never an internet address, a code, a header or contents.

import path from "node:path";
import { fileURLToPath } from "node:url";

const MINUTE = 60_000;
// Lines a minute of each kind that others cause as often as they like. The rest is counted.
const EACH = 5;
const MOST_SAID = 100_000; // lines that are remembered, so as not to say them again
const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** What went wrong, in a few words without what a message may quote. */
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

  /** Say it the first time that it happens in this run. */
  once(text) {
    if (this.#said.has(text)) return;
    if (this.#said.size >= MOST_SAID) this.#said.clear();
    this.#said.add(text);
    this.say(text);
  }

  /** Say what may happen very often: a few times a minute, and then how often. */
  often(kind, text = kind) {
    this.#timer ??= setTimeout(() => this.flush(), MINUTE).unref();
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= EACH) this.say(text);
  }

  error(error, about = "") {
    const what = nameOf(error);
    const begin = error?.what ? `error ${error.what}` : "error"; // what is away, if something is
    const kind = `${begin} ${what.split(" ", 1)[0]}`;
    const more = about && !what.includes(about) ? ` (${about})` : "";
    this.often(kind, `${begin} ${what}${more}`);
  }

  /** Say what was only counted. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const more = [...this.#counts].filter(([, count]) => count > EACH);
    this.#counts.clear();
    if (more.length === 0) return;
    this.say(`in this minute also ${more.map(([kind, n]) => `${n - EACH} x ${kind}`).join(", ")}`);
  }
}
