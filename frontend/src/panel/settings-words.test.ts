import { expect, test } from "vitest";
import type { Settings } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import {
  attentionOf,
  keptHereWords,
  peopleWords,
  storageWords,
} from "./settings-words.ts";

const strings = new Strings("en");

test("a doorbell's own rules end with the rule for all others", () => {
  expect(keptHereWords(strings, [])).toBeUndefined();
  expect(keptHereWords(strings, [{ what: "ring", days: 60 }])).toBe(
    "Its clips have their own rules. Rings: 60 days. All other clips: as the household keeps them.",
  );
});

test("what is free is said where it is known", () => {
  const storage = { clips: 1, bytes: 5_000_000, free: null };
  const words = (free: number | null): string =>
    storageWords(strings, { language: "en" }, { ...storage, free });
  expect(words(null)).toBe("1 clip takes up 5 MB.");
  expect(words(2e9)).toBe("1 clip takes up 5 MB. 2 GB is free.");
});

test("who can share is named", () => {
  expect(peopleWords(strings, [])).toBe("Administrators only");
});

test("what needs attention is a doorbell without motion, and an agency with a problem", () => {
  const doorbell = (name: string, motion: boolean) =>
    ({ name, motion }) as Settings["doorbells"][number];
  const agency = (name: string, compared: boolean, problem: string | null) =>
    ({
      name,
      has_fingerprint: true,
      compared,
      problem,
    }) as Settings["agencies"][number];
  const links = { ...agency("Port", false, null), has_fingerprint: false };
  const found = attentionOf({
    doorbells: [doorbell("Front", true), doorbell("Gate", false)],
    agencies: [
      agency("Police", true, null),
      agency("Sheriff", true, "too_large"),
      agency("Office", false, null),
      links,
    ],
  } as Settings);
  const names = Object.values(found).map((all: { name: string }[]) =>
    all.map(({ name }) => name),
  );
  expect(names).toStrictEqual([["Gate"], ["Sheriff", "Office"]]);
});
