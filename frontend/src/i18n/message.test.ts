import { expect, test } from "vitest";
import en from "./en.json" with { type: "json" };
import text from "./en.json?raw";
import panel from "./panel/en.json" with { type: "json" };
import panelText from "./panel/en.json?raw";
import { format } from "./message.ts";
import { Strings } from "./strings.ts";

test("values are filled in, numbers in the way of the language", () => {
  expect(format("{a} of {b}", { a: "x", b: 1234.5 }, "de")).toBe("x of 1.234,5");
});

test("a value with braces stays what it is", () => {
  expect(format("{note}", { note: "{count}" }, "en")).toBe("{count}");
});

test("plurals follow the language", () => {
  const message = "{n, plural, =0 {none} one {# clip} few {# klipy} other {# clips}}";
  expect(format(message, { n: 0 }, "en")).toBe("none");
  expect(format(message, { n: 1 }, "en")).toBe("1 clip");
  expect(format(message, { n: 2 }, "en")).toBe("2 clips");
  expect(format(message, { n: 3 }, "pl")).toBe("3 klipy");
  expect(format(message, { n: 12000 }, "en")).toBe("12,000 clips");
});

test("branches hold values, and an unknown choice takes other", () => {
  const message = "{who, select, me {I, {name}} other {they}}";
  expect(format(message, { who: "me", name: "Jo" }, "en")).toBe("I, Jo");
  expect(format(message, { who: "x", name: "Jo" }, "en")).toBe("they");
});

test("mistakes in a message are told", () => {
  expect(() => format("{missing}", {}, "en")).toThrow(/missing/);
  expect(() => format("{open", { open: 1 }, "en")).toThrow(/Unbalanced/);
});

test("an unknown language and a regional one fall back", () => {
  expect(new Strings("tlh").text("card.retry")).toBe("Try again");
  expect(new Strings("en-GB").text("card.retry")).toBe("Try again");
  expect(new Strings("en").text("no.such.key")).toBe("no.such.key");
  expect(new Strings("en").has("card")).toBe(false);
  expect(new Strings("en").has("constructor.name")).toBe(false);
});

test("every message of card and panel can be filled in", () => {
  const names = /\{(\w+)/g;
  const visit = (tree: object, path: string): void => {
    for (const [key, node] of Object.entries(tree) as [string, string | object][]) {
      if (typeof node === "object") visit(node, `${path}${key}.`);
      else {
        const values = Object.fromEntries<number>(
          [...node.matchAll(names)].map(([, name = ""]) => [name, 2]),
        );
        expect(new Strings("en").text(path + key, values).length > 0).toBe(true);
      }
    }
  };
  visit(en, "");
  visit(panel, "");
});

test("the words of the panel are added to those of the card", () => {
  expect(new Strings("en").text("page.loading")).toBe("Loading…");
  expect(Object.keys(en).filter((key) => key in panel)).toStrictEqual([]);
});

test("no key stands twice in a file of words", () => {
  const count = (tree: object): number =>
    Object.values(tree).reduce<number>(
      (sum, node) => sum + 1 + (typeof node === "object" ? count(node as object) : 0),
      0,
    );
  expect([...text.matchAll(/"[\w]+":/g)].length).toBe(count(en));
  expect([...panelText.matchAll(/"[\w]+":/g)].length).toBe(count(panel));
});
