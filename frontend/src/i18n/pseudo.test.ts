import { expect, test } from "vitest";
import { addPseudoLanguages, pseudo } from "../../mock/pseudo.ts";
import { complaint, RULES } from "./language-rules.ts";
import en from "./en.json" with { type: "json" };
import panel from "./panel/en.json" with { type: "json" };
import { fetchWords, Strings, type Tree } from "./strings.ts";

function* pairs(tree: Tree, other: Tree): Generator<[string, string]> {
  for (const [key, node] of Object.entries(tree)) {
    const twin = other[key];
    if (typeof node === "string") yield [node, typeof twin === "string" ? twin : ""];
    else if (typeof twin === "object") yield* pairs(node, twin);
    else throw new Error(`Lacks ${key}`);
  }
}

test.each(["en-XA", "ar-XB"])("%s says every message, with its values", (language) => {
  const rules = RULES.filter(({ name }) => /same values|neat/.test(name));
  expect(rules.length).toBe(2);
  for (const [text, other] of pairs({ ...en, ...panel }, pseudo(language)))
    for (const rule of rules)
      expect(complaint(rule, other, text, language), other).toBe(false);
});

test("one is longer, one runs the other way", async () => {
  addPseudoLanguages();
  await fetchWords("en-XA");
  await fetchWords("ar-XB");
  const [long, mirrored] = ["en-XA", "ar-XB"].map((language) =>
    new Strings(language).text("panel.notifications"),
  );
  const length = panel.panel.notifications.length;
  expect(long?.length).toBeGreaterThan(length * 1.3);
  expect(mirrored).toMatch(/^[\u0590-\u05ff ]+$/);
});
