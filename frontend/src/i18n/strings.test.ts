import { expect, test } from "vitest";
import de from "./de.json" with { type: "json" };
import en from "./en.json" with { type: "json" };
import panel from "./panel/de.json" with { type: "json" };
import { addWords, fetchWords, Strings } from "./strings.ts";

const text = (language: string, key: string): string => new Strings(language).text(key);

test("English waits for nothing, nor does a language that nobody wrote", () => {
  expect(fetchWords("en")).toBeUndefined();
  expect(fetchWords("en-GB")).toBeUndefined();
  expect(fetchWords("tlh")).toBeUndefined();
  expect(fetchWords("constructor")).toBeUndefined();
});

test("a language is fetched once, with the words of card and panel", async () => {
  expect(text("de", "card.retry")).toBe(en.card.retry);
  const words = fetchWords("de-CH");
  expect(words).toBeDefined();
  expect(fetchWords("de")).toBeDefined();
  await words;
  expect(fetchWords("de")).toBeUndefined();
  expect(text("de-CH", "card.retry")).toBe(de.card.retry);
  expect(text("de", "page.loading")).toBe(panel.page.loading);
  expect(new Strings("de-CH").spoken).toBe("de");
});

test("a word that a language lacks is English", async () => {
  addWords(
    { made: { up: "made up", too: "too" } },
    {
      "./xa.json": () => Promise.resolve({ made: { up: "erfunden" } }),
    },
  );
  await fetchWords("xa");
  expect(text("xa", "made.up")).toBe("erfunden");
  expect(text("xa", "made.too")).toBe("too");
  const strings = new Strings("xa-YZ");
  expect(strings.languageOf("made.up")).toBe("xa");
  expect(strings.languageOf("made.too")).toBe("en");
});

test("what does not come is English, and fetched when it is asked for again", async () => {
  let asked = 0;
  addWords(
    { odd: "odd" },
    {
      "./xb.json": () => {
        asked += 1;
        return asked === 1
          ? Promise.reject(new Error("gone"))
          : Promise.resolve({ odd: "seltsam" });
      },
    },
  );
  await fetchWords("xb");
  expect(text("xb", "odd")).toBe("odd");
  await fetchWords("xb");
  expect(text("xb", "odd")).toBe("seltsam");
  expect(asked).toBe(2);
});

test("the words of a region go before those of its language", async () => {
  addWords(
    { far: "far", near: "near" },
    {
      "./xc.json": () => Promise.resolve({ far: "weit", near: "nah" }),
      "./xc-AT.json": () => Promise.resolve({ near: "daneben" }),
    },
  );
  await fetchWords("xc-AT");
  expect(text("xc-AT", "far")).toBe("weit");
  expect(text("xc-AT", "near")).toBe("daneben");
  expect(text("xc-DE", "near")).toBe("nah");
});
