/** Texts in the user's language, with English as fallback. */

import en from "./en.json" with { type: "json" };
import { format, type Values } from "./message.ts";

export type Tree = { [key: string]: string | Tree };
/** Loaders of text files, by file name: "./de.json". */
type Files = Record<string, () => Promise<Tree>>;

/** The loaded texts, by language. */
const LANGUAGES: Record<string, Tree> = { en };
/** Loaders that have not succeeded yet; failed ones are retried by the next caller. */
const absent = new Map<string, Set<() => Promise<Tree>>>();
const coming = new Map<string, Promise<void>>();

function add(language: string, tree: Tree): void {
  LANGUAGES[language] = { ...LANGUAGES[language], ...tree };
}

/** Add more texts: in English, and loaders for other languages. */
export function addWords(english: Tree, others: Files): void {
  add("en", english);
  for (const [file, fetch] of Object.entries(others)) {
    const language = file.slice("./".length, -".json".length);
    absent.set(language, (absent.get(language) ?? new Set()).add(fetch));
  }
}

// A language is complete once its files of the card and the panel are loaded.
addWords({}, import.meta.glob<Tree>(["./*.json", "!./en.json"], { import: "default" }));

/** "es-419" falls back to "es". */
const namesOf = (language: string): string[] => [
  ...new Set([language, language.split("-")[0] ?? ""]),
];

/**
 * Load the texts of a language; undefined if there is nothing to wait for. Never rejects: missing
 * texts are shown in English, and the next call retries.
 */
export function fetchWords(language: string): Promise<void> | undefined {
  const fetched = namesOf(language).flatMap((name) => {
    const one = coming.get(name) ?? fetchOne(name);
    return one ? [one] : [];
  });
  if (fetched.length === 0) return undefined;
  return Promise.all(fetched).then(() => undefined);
}

function fetchOne(name: string): Promise<void> | undefined {
  const files = absent.get(name);
  if (!files) return undefined;
  const all = [...files].map(async (fetch) => {
    try {
      add(name, await fetch());
      files.delete(fetch);
    } catch {
      // The home is not reachable, or the open page is from before an update.
    }
  });
  const done = Promise.all(all).then(() => {
    coming.delete(name);
    if (files.size === 0) absent.delete(name);
  });
  coming.set(name, done);
  return done;
}

function lookUp(tree: Tree | undefined, key: string): string | undefined {
  let node: string | Tree | undefined = tree;
  for (const part of key.split(".")) {
    if (typeof node !== "object") return undefined;
    node = Object.hasOwn(node, part) ? node[part] : undefined;
  }
  return typeof node === "string" ? node : undefined;
}

export class Strings {
  readonly #trees: { language: string; tree: Tree }[];

  constructor(readonly language: string) {
    this.#trees = [...namesOf(language), "en"].flatMap((name) => {
      const tree = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
      return tree ? [{ language: name, tree }] : [];
    });
  }

  /** The language of most of the texts. */
  get spoken(): string {
    return this.#trees[0]?.language ?? "en";
  }

  has(key: string): boolean {
    return this.#trees.some(({ tree }) => lookUp(tree, key) !== undefined);
  }

  /** The language of a text, which is English if it is not translated. */
  languageOf(key: string): string {
    const said = this.#trees.find(({ tree }) => lookUp(tree, key) !== undefined);
    return said?.language ?? "en";
  }

  /** The text of a key; the key itself if there is no text. */
  text(key: string, values: Values = {}): string {
    for (const { language, tree } of this.#trees) {
      const message = lookUp(tree, key);
      if (message !== undefined) return format(message, values, language);
    }
    return key;
  }
}
