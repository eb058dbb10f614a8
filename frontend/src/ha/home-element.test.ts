import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { addWords, type Tree } from "../i18n/strings.ts";
import { HomeProvider } from "./home-element.ts";

@customElement("test-door")
class Door extends LitElement {
  readonly home = new HomeProvider(this);
  readonly looks: string[] = [];

  speak(language: string): void {
    const hass = makeHass(new MockConnection("clips"), "clips");
    this.home.set({ ...hass, language });
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.home.ready) return nothing;
    const { strings, locale } = this.home;
    this.looks.push(strings.text("door.word"));
    return html`<p>${strings.text("door.word")}</p>
      <p>${locale.language}</p>`;
  }
}

/** A language whose texts arrive, or fail, when the test decides. */
function language(name: string, word: string): { come: () => void; fail: () => void } {
  const asked: { resolve: (tree: Tree) => void; reject: (why: Error) => void }[] = [];
  addWords(
    { door: { word: "door" } },
    {
      [`./${name}.json`]: () =>
        new Promise<Tree>((resolve, reject) => asked.push({ resolve, reject })),
    },
  );
  return {
    come: () => asked.at(-1)?.resolve({ door: { word } }),
    fail: () => asked.at(-1)?.reject(new Error("gone")),
  };
}

let door: Door;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  door = new Door();
  document.body.replaceChildren(door);
});

afterEach(() => void vi.useRealTimers());

test("English and a language without words are shown at once", async () => {
  door.speak("tlh");
  expect(door.home.ready).toBe(true);
  await door.updateComplete;
  expect(door.lang).toBe("en");
});

test("the first look is in the language of the person", async () => {
  const { come } = language("ya", "Tür");
  door.speak("ya");
  await door.updateComplete;
  expect(door.looks).toStrictEqual([]);
  come();
  await expect.element(page.getByText("Tür")).toBeVisible();
  expect(door.looks).not.toContain("door");
  expect(door.lang).toBe("ya");
});

test("words that fail leave English, and come with the next opening", async () => {
  const { come, fail } = language("yb", "Tür");
  door.speak("yb");
  fail();
  await expect.element(page.getByText("door")).toBeVisible();
  document.body.replaceChildren();
  document.body.append(door);
  come();
  await expect.element(page.getByText("Tür")).toBeVisible();
});

test("who waits in vain for long reads English, until the words are there", async () => {
  const { come } = language("yc", "Tür");
  door.speak("yc");
  await door.updateComplete;
  vi.runAllTimers();
  await expect.element(page.getByText("door")).toBeVisible();
  come();
  await expect.element(page.getByText("Tür")).toBeVisible();
});

test("another language takes the place of the one before once its words are there", async () => {
  const first = language("yd", "Tür");
  const second = language("ye", "porte");
  door.speak("yd");
  first.come();
  await expect.element(page.getByText("Tür")).toBeVisible();
  door.speak("ye");
  await door.updateComplete;
  await expect.element(page.getByText("Tür")).toBeVisible();
  second.come();
  await expect.element(page.getByText("porte")).toBeVisible();
  expect(door.looks).not.toContain("door");
  door.speak("en");
  await expect.element(page.getByText("door")).toBeVisible();
});

test("a language that was chosen meanwhile is not overtaken by the one before", async () => {
  const first = language("yf", "Tür");
  const second = language("yg", "porte");
  door.speak("yf");
  door.speak("yg");
  second.come();
  await expect.element(page.getByText("porte")).toBeVisible();
  first.come();
  await door.updateComplete;
  expect(door.looks).not.toContain("Tür");
});

test("days are said in the language of the words", async () => {
  door.speak("de-AT");
  await expect.element(page.getByText("de-AT")).toBeVisible();
  door.speak("he");
  await expect.element(page.getByText(/^en-IL/)).toBeVisible();
});
