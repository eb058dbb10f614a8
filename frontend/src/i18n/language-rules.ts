/**
 * Rules for translations: what they must keep of the English, and rules of the language.
 *
 * Form of address and quotation marks are those of Home Assistant: German "du" and „…“, Spanish
 * "tú" and «…», French "vous" and « … », with no-break spaces inside and before : ; ! ?. Texts
 * that are the same as in English on purpose are listed in SAME.
 */

import {
  parse,
  TYPE,
  type MessageFormatElement,
} from "@formatjs/icu-messageformat-parser";
import { pluralRules } from "./intl.ts";

/** Texts that are the same as in English: whole texts, or words that make up a text. */
const SAME: Record<string, string[]> = {
  every: ["Doorwatch", "Home Assistant", "ONVIF", "RTSP", "PIN", "H.265", "N"],
  de: [
    ...["Name", "Port", "Host", "Clip", "Clips", "Live", "Person", "Layout", "Offline"],
    ...["Labels", "Webhook"],
  ],
  es: [
    "Clip",
    "Clips",
    "clip",
    "clips",
    "Animal",
    "Manual",
    "Script",
    "Host",
    "Audio",
    "Webhook",
  ],
  fr: [
    ...[
      "Clip",
      "Clips",
      "Port",
      "Contact",
      "Animal",
      "Notifications",
      "Script",
      "Note",
    ],
    ...[
      "Microphone",
      "Urgent",
      "minute",
      "minutes",
      "version",
      "Webhook",
      "clips",
      "Confirmation",
    ],
  ],
};

/** Words that are not translated. */
const NAMES = ["Doorwatch", "Home Assistant", "ONVIF", "RTSP", "HACS", "H.265"];

/** Names that stay English inside a sentence. */
const ENGLISH_NAMES = /Federal Rules of Evidence/g;

/**
 * English words that do not exist in the other languages: a sentence was not fully translated.
 */
const ENGLISH = /\b(the|and|your|you|with|of|is|are|this|that|cannot|not)\b/;

interface Marks {
  /** Patterns of opening and closing quotation marks. */
  quotes: [string, string];
  /** Forms of address that Home Assistant does not use. */
  wrongTone: RegExp;
}

export const MARKS: Record<string, Marks> = {
  en: { quotes: ["“", "”"], wrongTone: /\bthou\b/ },
  de: {
    quotes: ["„", "“"],
    // At the start of a sentence, "Sie" may be "she" or "they"; "Ihre" always reads as "your", too.
    wrongTone: /(?<![.!?:…]\s)(?<!^)\bSie\b|\b(Ihnen|Ihre?[mnrs]?)\b/,
  },
  es: {
    quotes: ["«", "»"],
    wrongTone:
      /\b([Uu]sted(es)?|Haga|Introduzca|Seleccione|Abra|Compruebe|Añada|Elija|Intente|Inténtelo|Reinicie|Vuelva|Toque|Escriba|Permita)\b/,
  },
  fr: {
    quotes: ["«[\u00a0\u202f]", "[\u00a0\u202f]»"],
    wrongTone: /(?<!\p{L})([Tt]u|[Tt]es|[Tt]oi|[Tt]on)(?!\p{L})/u,
  },
};
const ALL_QUOTES = /["„“”«»‹›]/;

/** All elements of a message, including those of branches. */
function elements(text: string): MessageFormatElement[] {
  const all = (found: readonly MessageFormatElement[]): MessageFormatElement[] =>
    found.flatMap((one) =>
      one.type === TYPE.plural || one.type === TYPE.select
        ? [one, ...Object.values(one.options).flatMap(({ value }) => all(value))]
        : [one],
    );
  return all(parse(text, { ignoreTag: true }));
}

/** The visible text between values. */
const pieces = (text: string): string[] =>
  elements(text).flatMap((one) => (one.type === TYPE.literal ? [one.value] : []));

/** Names of values, and the choices of a select. */
const values = (text: string): string[] =>
  [
    ...new Set(
      elements(text).flatMap((one) => {
        if (one.type === TYPE.literal || one.type === TYPE.pound) return [];
        if (one.type === TYPE.select)
          return [`${one.value}: ${Object.keys(one.options).sort().join()}`];
        return "value" in one ? [one.value] : [];
      }),
    ),
  ].sort();

/** The plural categories that a language needs for counts up to 999. */
const needed = (language: string): Set<string> => {
  const rules = pluralRules(language);
  return new Set(Array.from({ length: 1_000 }, (_, count) => rules.select(count)));
};

const numbers = (text: string): string[] => {
  const found = text.match(/\d[\d.,\u00a0\u202f]*/g) ?? [];
  return [...new Set(found.map((one) => one.replaceAll(/\D/g, "")))].sort();
};

const last = (text: string): string => text.at(-1) ?? "";
const isEnd = (mark: string): boolean => ".?!…:".includes(mark) && mark !== "";

let canvas: CanvasRenderingContext2D | null | undefined;
const width = (text: string): number => {
  canvas ??= document.createElement("canvas").getContext("2d");
  if (!canvas) throw new Error("Nothing to measure with");
  canvas.font = "500 14px Roboto, sans-serif";
  return canvas.measureText(text).width;
};

/** The arguments of a rule; `said` is the visible text. */
interface Asked {
  text: string;
  said: string[];
  english: string;
  language: string;
}

export interface Rule {
  name: string;
  /** How to fix a text that violates it. */
  advice: string;
  holds: (asked: Asked) => boolean;
  /** Examples that violate the rule, which test it: language, English, text. */
  finds: [string, string, string][];
}

export const RULES: Rule[] = [
  {
    name: "the same values, and the same choices",
    advice:
      "Keep what stands in braces as it is in English, {name} included; only words around it change.",
    holds: ({ text, english }) =>
      values(text).join("; ") === values(english).join("; "),
    finds: [
      ["de", "{name} is off", "{nane} ist aus"],
      ["de", "{a, select, x {x} other {o}}", "{a, select, y {x} other {o}}"],
    ],
  },
  {
    name: "the plurals that the language has",
    advice:
      "A count needs the branches that the language has, such as one {…} other {…}, and no others.",
    // The category of a million ("many" in Spanish) is optional.
    holds: ({ text, language }) =>
      elements(text).every((one) => {
        if (one.type !== TYPE.plural) return true;
        const written = Object.keys(one.options).filter((key) => !key.startsWith("="));
        const has = pluralRules(language).resolvedOptions().pluralCategories;
        return (
          [...needed(language), "other"].every((each) => written.includes(each)) &&
          written.every((each) => has.some((category) => category === each))
        );
      }),
    finds: [
      ["de", "", "{n, plural, other {# Clips}}"],
      ["de", "", "{n, plural, one {# Clip} few {# Clips} other {# Clips}}"],
      ["pl", "", "{n, plural, one {# klip} other {# klipów}}"],
    ],
  },
  {
    name: "nothing that our own reader and Home Assistant's would read differently",
    advice: "Write ’ instead of ' before a brace: ' would hide what is in it.",
    // An apostrophe before a brace quotes it, and two become one.
    holds: ({ text }) => !/'[{}#|<']/.test(text),
    finds: [["fr", "of {name}", "l'{name}"]],
  },
  {
    name: "neat spaces, one … and no markup",
    advice:
      "Write one … instead of three dots, single spaces, none at the ends, and no markup.",
    holds: ({ text }) =>
      text.trim() === text &&
      text !== "" &&
      !/ {2}|\t|\.\.\./.test(text) &&
      !/<\/?[a-z]/.test(text),
    finds: [
      ["de", "Loading…", "Lädt..."],
      ["de", "a b", "a  b"],
    ],
  },
  {
    name: "quotes of the language",
    advice: "Use the quotation marks of the language, in pairs; they stand in MARKS.",
    holds: ({ text, language }) => {
      const marks = MARKS[language]?.quotes;
      if (!marks) return true;
      const [before, after] = marks;
      const rest = text.replaceAll(
        new RegExp(`${before}((?:(?!${after}).)+?)${after}`, "g"),
        "$1",
      );
      return !ALL_QUOTES.test(rest);
    },
    finds: [
      ["de", "“a”", "“a”"],
      ["de", "“a”", "„a”"],
      ["es", "“a”", '"a"'],
      ["es", "“a”", "“a”"],
      ["fr", "“a”", "« a »"],
    ],
  },
  {
    name: "French marks do not begin a line",
    advice: "Put a no-break space before : ; ! and ?.",
    holds: ({ said, language }) =>
      language !== "fr" ||
      said.every(
        (piece) =>
          !/(^|[^\u00a0\u202f])[;!?](?![a-z])|[^\u00a0\u202f\d/]:(\s|$)/.test(piece),
      ),
    finds: [
      ["fr", "Really?", "Vraiment ?"],
      ["fr", "Name: a", "Nom: a"],
    ],
  },
  {
    name: "Spanish questions and calls begin with their mark",
    advice: "Begin with ¿ what ends with ?, and with ¡ what ends with !.",
    holds: ({ said, language }) => {
      if (language !== "es") return true;
      // "?event=ring" is part of a URL.
      const read = said.join("").replaceAll(/\?(?=\w)/g, "");
      const count = (mark: string): number => read.split(mark).length;
      return count("?") === count("¿") && count("!") === count("¡");
    },
    finds: [["es", "Delete?", "Eliminar?"]],
  },
  {
    name: "people are spoken to as Home Assistant does",
    advice: "Speak to people as Home Assistant does: du, tú, vous.",
    holds: ({ text, language }) => !MARKS[language]?.wrongTone.test(text),
    finds: [
      ["de", "", "Bitte öffnen Sie die App."],
      ["de", "", "Ihre App ist veraltet."],
      ["es", "", "Introduzca la contraseña."],
      ["fr", "", "Si tu veux"],
    ],
  },
  {
    name: "no sentence in English, and nothing left as it was",
    advice: "Translate it. If it is the same in your language, name it in SAME.",
    holds: ({ text, said, english, language }) => {
      if (language === "en") return true;
      if (said.some((piece) => ENGLISH.test(piece.replaceAll(ENGLISH_NAMES, ""))))
        return false;
      const same = new Set([...(SAME["every"] ?? []), ...(SAME[language] ?? [])]);
      const words = said.join(" ").match(/[\p{L}][\p{L}\d.]*/gu) ?? [];
      return (
        text !== english ||
        same.has(text) ||
        words.every((word) => same.has(word) || word.length === 1)
      );
    },
    finds: [
      ["de", "Cancel", "Cancel"],
      ["de", "Open the app", "Öffne the App"],
    ],
  },
  {
    name: "ends and begins as the English does",
    advice:
      "End with the same mark as the English, and begin with a capital where it does.",
    holds: ({ text, english, language }) => {
      const [mark, other] = [last(english), last(text)].map((one) =>
        isEnd(one) ? one : "",
      );
      const begins = (one: string): string => one.replace(/^[^\p{L}{]+/u, "").charAt(0);
      const [large, beginning] = [begins(english), begins(text)];
      const isLarge = /\p{Lu}/u.test(large);
      return (
        language === "en" ||
        (mark === other && (!isLarge || beginning === "" || !/\p{Ll}/u.test(beginning)))
      );
    },
    finds: [
      ["de", "It is off.", "Es ist aus"],
      ["de", "It is off", "es ist aus"],
    ],
  },
  {
    name: "the same numbers and names",
    advice: "Keep numbers, and names such as Home Assistant, as they are in English.",
    holds: ({ text, said, english }) => {
      const names = (one: string): string[] =>
        NAMES.filter((name) => new RegExp(`(?<![\\w-])${name}(?![\\w])`).test(one));
      return (
        numbers(said.join(" ")).join() === numbers(pieces(english).join(" ")).join() &&
        // German joins them with hyphens: "Home-Assistant-App".
        names(english).every((name) => text.replaceAll("-", " ").includes(name))
      );
    },
    finds: [
      ["de", "Kept for 24 hours", "42 Stunden behalten"],
      ["de", "Doorwatch is off", "Türwache ist aus"],
    ],
  },
  {
    name: "labels and buttons fit a phone",
    advice:
      "Choose shorter words: it has to fit on a phone, in about the room of the English.",
    holds: ({ text, english }) =>
      english.length > 24 ||
      // A part of a sentence, which can wrap.
      /^\p{Ll}/u.test(english) ||
      isEnd(last(english)) ||
      /\{/.test(text) ||
      (width(text) <= 280 && text.length <= Math.max(2 * english.length, 18)),
    finds: [
      ["de", "Undo", "Die letzte Änderung rückgängig machen"],
      ["de", "Show it in the sidebar", "W".repeat(40)],
    ],
  },
];

/** Whether a parsable text violates a rule. */
export function complaint(
  rule: Rule,
  text: string,
  english: string,
  language: string,
): boolean {
  return !rule.holds({ text, said: pieces(text), english, language });
}
