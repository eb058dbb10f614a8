/** Words in the person's language; English where a language or a word is missing. */

import en from "./en.json" with { type: "json" };
import { format, type Values } from "./message.ts";

type Tree = { [key: string]: string | Tree };

/** Every language the card speaks; add a file and a line, here and for the panel. */
const LANGUAGES: Record<string, Tree> = { en };

/** Add what the card does not say, by language. */
export function addWords(words: Record<string, Tree>): void {
  for (const [language, tree] of Object.entries(words))
    LANGUAGES[language] = { ...LANGUAGES[language], ...tree };
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
    this.#trees = [language, language.split("-")[0] ?? "", "en"].flatMap((name) => {
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

  /** The text of a key; the key itself when nobody wrote it. */
  text(key: string, values: Values = {}): string {
    for (const { language, tree } of this.#trees) {
      const message = lookUp(tree, key);
      if (message !== undefined) return format(message, values, language);
    }
    return key;
  }
}
