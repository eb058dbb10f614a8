/**
 * Every message of every language: those of the integration, the card and the panel.
 *
 * For who translates. A language is three files of its own name, each with the keys of en.json
 * beside it, and a part of entry/words.json:
 *
 *     custom_components/doorwatch/translations/de.json
 *     frontend/src/i18n/de.json
 *     frontend/src/i18n/panel/de.json
 *
 * A key that a file lacks is said in English; WAITING names those that may be lacking for now.
 * Names in braces stay as they are, and so do the choices of a `select`; the branches of a
 * `plural` are those of the language. Tone, marks, and what may stay English are in
 * language-rules.ts.
 *
 *     npx vitest run src/i18n/languages.test.ts
 */

import { parse } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";
import loader from "../entry/words.json" with { type: "json" };
import { complaint, MARKS, RULES } from "./language-rules.ts";
import type { Tree } from "./strings.ts";

/** Beginnings of keys that a file lacks for now. */
const WAITING: Record<string, string[]> = {
};

/** Lists of words that people search for, each language its own. */
const SEARCHED = "common.search_";

interface File {
  name: string;
  language: string;
  english: Map<string, string>;
  texts: Map<string, string>;
}

function* leaves(tree: Tree, path = ""): Generator<[string, string]> {
  for (const [key, node] of Object.entries(tree)) {
    if (typeof node === "string") yield [path + key, node];
    else yield* leaves(node, `${path}${key}.`);
  }
}

const PLACES: Record<string, Record<string, Tree>> = {
  integration: import.meta.glob<Tree>(
    "../../../custom_components/doorwatch/translations/*.json",
    { eager: true, import: "default" },
  ),
  card: import.meta.glob<Tree>("./*.json", { eager: true, import: "default" }),
  panel: import.meta.glob<Tree>("./panel/*.json", { eager: true, import: "default" }),
};

const languageOf = (path: string): string => /([^/]+)\.json$/.exec(path)?.[1] ?? "";

const FILES: File[] = Object.entries(PLACES).flatMap(([place, found]) => {
  const trees = new Map(
    Object.entries(found)
      .map(([path, tree]) => [languageOf(path), tree] as const)
      // The file of a region ("es-419") is a link to that of its language.
      .filter(([language]) => !language.includes("-")),
  );
  const english = new Map(leaves(trees.get("en") ?? {}));
  return [...trees].map(([language, tree]) => ({
    name: `${place}/${language}`,
    language,
    english,
    texts: new Map(leaves(tree)),
  }));
});
const TRANSLATED = FILES.filter(({ language }) => language !== "en");

test("every language is whole: card, panel, integration and loader", () => {
  const languages = [...new Set(FILES.map(({ language }) => language))].sort();
  const unfinished = new Set(
    Object.entries(WAITING).flatMap(([name, keys]) =>
      keys.includes("") ? [name.split("/")[1]] : [],
    ),
  );
  const lacking = languages.flatMap((language) =>
    Object.keys(PLACES)
      .map((place) => `${place}/${language}`)
      .filter((name) => !FILES.some((file) => file.name === name))
      .filter(() => !unfinished.has(language)),
  );
  expect(lacking).toStrictEqual([]);
  expect(Object.keys(loader)).toEqual(expect.arrayContaining(languages));
  for (const { language } of FILES) expect(Object.keys(MARKS)).toContain(language);
});

test.each(FILES)("every message of $name can be read", ({ texts }) => {
  const wrong = [...texts].flatMap(([path, text]) => {
    try {
      parse(text, { ignoreTag: true });
      return [];
    } catch (error) {
      return [`${path}: ${String(error)}`];
    }
  });
  expect(wrong).toStrictEqual([]);
});

test.each(TRANSLATED)("$name has the keys of English", ({ name, english, texts }) => {
  expect([...texts.keys()].filter((path) => !english.has(path))).toStrictEqual([]);
  const waiting = WAITING[name] ?? [];
  const lacking = [...english.keys()].filter((path) => !texts.has(path));
  expect(
    lacking.filter((path) => !waiting.some((begin) => path.startsWith(begin))),
  ).toStrictEqual([]);
  // What waits no more is not named any longer.
  expect(
    waiting.filter((begin) => !lacking.some((path) => path.startsWith(begin))),
  ).toStrictEqual([]);
});

describe.each(FILES)("$name", ({ language, english, texts }) => {
  test.each(RULES)("$name", (rule) => {
    const wrong = [...texts].filter(
      ([path, text]) =>
        !path.startsWith(SEARCHED) &&
        complaint(rule, text, english.get(path) ?? text, language),
    );
    expect(Object.fromEntries(wrong)).toStrictEqual({});
  });
});

test.each(TRANSLATED)(
  "what is one sentence in English is one in $name",
  ({ english, texts }) => {
    const said = new Map<string, Set<string>>();
    for (const [path, text] of english) {
      const other = texts.get(path);
      if (other === undefined) continue;
      // A word may be two elsewhere; the label of a field is not, nor is a sentence.
      const key = text.length > 24 ? text : `${text} (${path.split(".").at(-1)})`;
      said.set(key, (said.get(key) ?? new Set()).add(other));
    }
    const torn = [...said].filter(([, others]) => others.size > 1);
    expect(
      Object.fromEntries(torn.map(([key, others]) => [key, [...others]])),
    ).toStrictEqual({});
  },
);

test.each(FILES)(
  "what a button shows is part of its longer name in $name",
  ({ texts }) => {
    // Who speaks to a computer says what is on the button.
    const wrong = [...texts].filter(([path, text]) => {
      const label = texts.get(`${path}_label`);
      return (
        label &&
        !text.includes("{") &&
        !label.toLowerCase().includes(text.toLowerCase())
      );
    });
    expect(Object.fromEntries(wrong)).toStrictEqual({});
  },
);
