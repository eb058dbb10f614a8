import assert from "node:assert/strict";
import test from "node:test";
import en from "./en.json" with { type: "json" };
import { format } from "./message.ts";
import { Strings } from "./strings.ts";

test("values are filled in, numbers in the way of the language", () => {
  assert.equal(format("{a} of {b}", { a: "x", b: 1234.5 }, "de"), "x of 1.234,5");
});

test("a value with braces stays what it is", () => {
  assert.equal(format("{note}", { note: "{count}" }, "en"), "{count}");
});

test("plurals follow the language", () => {
  const message = "{n, plural, =0 {none} one {# clip} few {# klipy} other {# clips}}";
  assert.equal(format(message, { n: 0 }, "en"), "none");
  assert.equal(format(message, { n: 1 }, "en"), "1 clip");
  assert.equal(format(message, { n: 2 }, "en"), "2 clips");
  assert.equal(format(message, { n: 3 }, "pl"), "3 klipy");
  assert.equal(format(message, { n: 12000 }, "en"), "12,000 clips");
});

test("branches hold values, and an unknown choice takes other", () => {
  const message = "{who, select, me {I, {name}} other {they}}";
  assert.equal(format(message, { who: "me", name: "Jo" }, "en"), "I, Jo");
  assert.equal(format(message, { who: "x", name: "Jo" }, "en"), "they");
});

test("mistakes in a message are told", () => {
  assert.throws(() => format("{missing}", {}, "en"), /missing/);
  assert.throws(() => format("{open", { open: 1 }, "en"), /Unbalanced/);
});

test("an unknown language and a regional one fall back", () => {
  assert.equal(new Strings("tlh").text("card.retry"), "Try again");
  assert.equal(new Strings("en-GB").text("card.retry"), "Try again");
  assert.equal(new Strings("en").text("no.such.key"), "no.such.key");
  assert.equal(new Strings("en").has("card"), false);
  assert.equal(new Strings("en").has("constructor.name"), false);
});

test("every message of the card can be filled in", () => {
  const names = /\{(\w+)/g;
  const visit = (tree: object, path: string): void => {
    for (const [key, node] of Object.entries(tree)) {
      if (typeof node === "object") visit(node as object, `${path}${key}.`);
      else {
        const values = Object.fromEntries(
          [...String(node).matchAll(names)].map(([, name]) => [name, 2]),
        );
        assert.ok(new Strings("en").text(path + key, values).length > 0, path + key);
      }
    }
  };
  visit(en, "");
});

test("no key stands twice in the file of words", async () => {
  const { readFile } = await import("node:fs/promises");
  const text = await readFile("src/i18n/en.json", "utf8");
  const count = (tree: object): number =>
    Object.values(tree).reduce<number>(
      (sum, node) => sum + 1 + (typeof node === "object" ? count(node as object) : 0),
      0,
    );
  assert.equal([...text.matchAll(/"[\w]+":/g)].length, count(en));
});
