/**
 * Pseudo languages generated from the English texts, to test layouts: `en-XA` has longer words,
 * `ar-XB` is right-to-left.
 */

import {
  parse,
  TYPE,
  type MessageFormatElement,
} from "@formatjs/icu-messageformat-parser";
import card from "../src/i18n/en.json" with { type: "json" };
import panel from "../src/i18n/panel/en.json" with { type: "json" };
import { addWords, type Tree } from "../src/i18n/strings.ts";

const ACCENTS: Record<string, string> = { a: "á", e: "ë", i: "ï", o: "ô", u: "ü" };
const HEBREW = "אבגדהוזחטיכלמנסעפצקרשתאבגד";

/** "Settings" becomes "Sëëttïïngs": longer words, but not more of them. */
function lengthen(text: string): string {
  let due = 0;
  return text.replaceAll(/[a-z]/gi, (letter) => {
    due += 0.4;
    const accented = ACCENTS[letter] ?? letter;
    if (due < 1 || accented === letter) return accented;
    const more = accented.repeat(Math.floor(due));
    due %= 1;
    return accented + more;
  });
}

const mirror = (text: string): string =>
  text.replaceAll(
    /[a-z]/gi,
    (letter) => HEBREW[letter.toLowerCase().charCodeAt(0) - 97] ?? letter,
  );

/** Replace the words of a message, but not its values. */
function rewrite(
  elements: readonly MessageFormatElement[],
  change: (text: string) => string,
): string {
  return elements
    .map((one) => {
      if (one.type === TYPE.literal) return change(one.value);
      if (one.type === TYPE.pound) return "#";
      if (one.type === TYPE.plural || one.type === TYPE.select) {
        const kind = one.type === TYPE.plural ? "plural" : "select";
        const options = Object.entries(one.options).map(
          ([key, { value }]) => `${key} {${rewrite(value, change)}}`,
        );
        return `{${one.value}, ${kind}, ${options.join(" ")}}`;
      }
      if (one.type === TYPE.argument) return `{${one.value}}`;
      throw new Error(`Not in our notation: ${JSON.stringify(one)}`);
    })
    .join("");
}

function translate(tree: Tree, change: (text: string) => string): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([key, node]) => [
      key,
      typeof node === "string"
        ? rewrite(parse(node, { ignoreTag: true }), change)
        : translate(node, change),
    ]),
  );
}

export const PSEUDO: Record<string, (text: string) => string> = {
  "en-XA": lengthen,
  "ar-XB": mirror,
};

/** The texts of a pseudo language. */
export const pseudo = (language: string): Tree =>
  translate({ ...card, ...panel }, PSEUDO[language] ?? ((text) => text));

/** Register them like any other language. */
export function addPseudoLanguages(): void {
  addWords(
    {},
    Object.fromEntries(
      Object.keys(PSEUDO).map((language) => [
        `./${language}.json`,
        () => Promise.resolve(pseudo(language)),
      ]),
    ),
  );
}
