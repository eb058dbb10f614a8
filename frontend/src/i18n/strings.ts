/** Words in the person's language; English where a language or a word is missing. */

import en from "./en.json" with { type: "json" };
import { format, type Values } from "./message.ts";

export type Tree = { [key: string]: string | Tree };
/** How to fetch a file of words, by its name: "./de.json". */
type Files = Record<string, () => Promise<Tree>>;

/** The words that are here, by language. */
const LANGUAGES: Record<string, Tree> = { en };
/** What is still to be fetched; what failed stays, for the next who asks. */
const absent = new Map<string, Set<() => Promise<Tree>>>();
const coming = new Map<string, Promise<void>>();

function add(language: string, tree: Tree): void {
  LANGUAGES[language] = { ...LANGUAGES[language], ...tree };
}

/** Add what the card does not say: in English, and where other languages are fetched from. */
export function addWords(english: Tree, others: Files): void {
  add("en", english);
  for (const [file, fetch] of Object.entries(others)) {
    const language = file.slice("./".length, -".json".length);
    absent.set(language, (absent.get(language) ?? new Set()).add(fetch));
  }
}

// A language is there once its file is, here and for the panel.
addWords({}, import.meta.glob<Tree>(["./*.json", "!./en.json"], { import: "default" }));

/** "es-419" is read in Spanish by who has no words of their own. */
const namesOf = (language: string): string[] => [
  ...new Set([language, language.split("-")[0] ?? ""]),
];

/**
 * Fetch the words of a language; undefined when there are none to wait for. It never fails: what
 * does not come is said in English, and fetched once more when somebody asks again.
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
      // The home is gone, or an update took away what the page that is open still asks for.
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

  /** The language that its words are in, as far as it has them. */
  get spoken(): string {
    return this.#trees[0]?.language ?? "en";
  }

  has(key: string): boolean {
    return this.#trees.some(({ tree }) => lookUp(tree, key) !== undefined);
  }

  /** The language in which a text is said: others have words that this one still lacks. */
  languageOf(key: string): string {
    const said = this.#trees.find(({ tree }) => lookUp(tree, key) !== undefined);
    return said?.language ?? "en";
  }

  /** The text of a key; the key itself when nobody wrote it. */
  text(key: string, values: Values = {}): string {
    for (const { language, tree } of this.#trees) {
      const message = lookUp(tree, key);
      if (message !== undefined) return format(message, values, language);
    }
    return key;
  }
}
