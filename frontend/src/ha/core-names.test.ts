import { expect, test } from "vitest";
import * as names from "./core-names.ts";

const SOURCES = import.meta.glob<string>(["../**/*.ts", "!../**/*.test.ts"], {
  eager: true,
  query: "?raw",
  import: "default",
});
/** Elements of Home Assistant, without style properties and URLs. */
const ELEMENT = /(?<![\w.-])(?:ha|hui|home-assistant|partial)(?:-[a-z]+)*(?![\w.-])/g;

const elements = (text: string): string[] =>
  (text.match(ELEMENT) ?? []).filter((name) => name.includes("-"));

const LISTED = new Set(Object.values(names).flatMap(elements));

test("elements are told from everything else", () => {
  expect(
    elements(
      "<ha-alert><hui-card> --ha-card-width https://www.home-assistant.io partial",
    ),
  ).toStrictEqual(["ha-alert", "hui-card"]);
});

test("every element of Home Assistant that is used is in the list", () => {
  const used = new Set(Object.values(SOURCES).flatMap(elements));
  expect([...used].filter((name) => !LISTED.has(name))).toStrictEqual([]);
  expect([...LISTED].filter((name) => !used.has(name))).toStrictEqual([]);
});

test("names are written only where they must be", () => {
  const copies = Object.entries(SOURCES).filter(
    ([path, text]) =>
      path !== "./core-names.ts" &&
      path !== "../entry/loader.ts" &&
      Object.values(names).some((name) => text.includes(JSON.stringify(name))),
  );
  expect(copies.map(([path]) => path)).toStrictEqual([]);
});
