/**
 * Tests of all texts in all languages: those of the integration, the card and the panel.
 *
 * For translators: a language consists of three files, each with the keys of the en.json next to
 * it, and a part of entry/words.json:
 *
 *     custom_components/doorwatch/translations/de.json
 *     frontend/src/i18n/de.json
 *     frontend/src/i18n/panel/de.json
 *
 * Missing keys are shown in English; WAITING lists those that may be missing for now. Keep names
 * in braces and the choices of a `select`; a `plural` has the branches of the language. Form of
 * address, quotation marks, and texts that stay English are in language-rules.ts.
 *
 *     npx vitest run src/i18n/languages.test.ts
 */

import { parse } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";
import loader from "../entry/words.json" with { type: "json" };
import { complaint, MARKS, RULES } from "./language-rules.ts";
import type { Tree } from "./strings.ts";

/** Prefixes of keys that may be missing for now. */
const WAITING: Record<string, string[]> = {};

/** Search terms, which each language defines itself. */
const SEARCHED = "common.search_";

interface File {
  name: string;
  /** The path in the repository. */
  path: string;
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

const FOLDERS: Record<string, string> = {
  integration: "custom_components/doorwatch/translations",
  card: "frontend/src/i18n",
  panel: "frontend/src/i18n/panel",
};

const FILES: File[] = Object.entries(PLACES).flatMap(([place, found]) => {
  const trees = new Map(
    Object.entries(found)
      .map(([path, tree]) => [languageOf(path), tree] as const)
      // Regional files ("es-419") are links to the file of the language.
      .filter(([language]) => !language.includes("-")),
  );
  const english = new Map(leaves(trees.get("en") ?? {}));
  return [...trees].map(([language, tree]) => ({
    name: `${place}/${language}`,
    path: `${FOLDERS[place] ?? ""}/${language}.json`,
    language,
    english,
    texts: new Map(leaves(tree)),
  }));
});
const TRANSLATED = FILES.filter(({ language }) => language !== "en");

/** The parse error of a text; undefined if there is none. */
function unreadable(text: string): string | undefined {
  try {
    parse(text, { ignoreTag: true });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Fail with all wrong texts and how to fix them. */
function none(wrong: string[], advice: string): void {
  if (wrong.length > 0) expect.fail(`${advice}\n\n${wrong.join("\n\n")}\n`);
}

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

test.each(FILES)("every message of $name can be read", ({ path, english, texts }) => {
  none(
    [...texts].flatMap(([key, text]) => {
      const why = unreadable(text);
      return why
        ? `${path}, ${key} (${why})\n  English: ${english.get(key) ?? ""}\n  Here:    ${text}`
        : [];
    }),
    "Compare the braces with the English: each is closed, and plural, one, other stay.",
  );
});

test.each(TRANSLATED)(
  "$name has the keys of English",
  ({ name, path, english, texts }) => {
    none(
      [...texts.keys()].filter((key) => !english.has(key)),
      `Keys are left as they are in en.json. In ${path}, these are others:`,
    );
    const waiting = WAITING[name] ?? [];
    const lacking = [...english.keys()].filter((key) => !texts.has(key));
    none(
      lacking.filter((key) => !waiting.some((begin) => key.startsWith(begin))),
      `Translate these in ${path}, or name them under "${name}" in WAITING:`,
    );
    none(
      waiting.filter((begin) => !lacking.some((key) => key.startsWith(begin))),
      `Nothing waits for these any longer. Take them out of WAITING, "${name}":`,
    );
  },
);

describe.each(FILES)("$name", ({ path, language, english, texts }) => {
  test.each(RULES)("$name", (rule) => {
    none(
      [...texts].flatMap(([key, text]) => {
        const original = english.get(key) ?? text;
        return !key.startsWith(SEARCHED) &&
          !unreadable(text) &&
          complaint(rule, text, original, language)
          ? `${path}, ${key}\n  English: ${original}\n  Here:    ${text}`
          : [];
      }),
      rule.advice,
    );
  });
});

test.each(TRANSLATED)(
  "what is one sentence in English is one in $name",
  ({ path, english, texts }) => {
    const said = new Map<string, Map<string, string>>();
    for (const [key, text] of english) {
      const other = texts.get(key);
      if (other === undefined) continue;
      // A short word may have several translations; a label or a sentence may not.
      const one = text.length > 24 ? text : `${text} (${key.split(".").at(-1)})`;
      said.set(one, (said.get(one) ?? new Map<string, string>()).set(other, key));
    }
    none(
      [...said]
        .filter(([, others]) => others.size > 1)
        .map(([one, others]) =>
          [one, ...[...others].map(([text, key]) => `  ${key}: ${text}`)].join("\n"),
        ),
      `Say in the same words what is the same in English. In ${path}:`,
    );
  },
);

test.each(FILES)(
  "what a button shows is part of its longer name in $name",
  ({ path, texts }) => {
    // Voice control needs the visible text of a button in its accessible name.
    none(
      [...texts].flatMap(([key, text]) => {
        const label = texts.get(`${key}_label`);
        return label &&
          !text.includes("{") &&
          !label.toLowerCase().includes(text.toLowerCase())
          ? `${path}, ${key}: ${text}\n  ${key}_label: ${label}`
          : [];
      }),
      "Let the longer name, which is read aloud, hold the words on the button.",
    );
  },
);
