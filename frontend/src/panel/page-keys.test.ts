import { expect, test } from "vitest";
import { isForPage, sideOf } from "./page-keys.ts";

const key = (name: string, change: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent("keydown", { key: name, bubbles: true, composed: true, ...change });

/** Press a key at an element; return whether it is the page's. */
function pressed(at: Element, page: Element, name = "ArrowLeft"): boolean {
  let mine = false;
  const hear = (event: KeyboardEvent): void => void (mine = isForPage(event, page));
  window.addEventListener("keydown", hear, { once: true });
  at.dispatchEvent(key(name));
  return mine;
}

const find = (name: string): Element =>
  document.querySelector(name) ?? document.documentElement;

test("a key is the page's, in it, around it, or where nothing has the focus", () => {
  document.body.innerHTML = `<aside><a href="/">Elsewhere</a></aside>
    <main tabindex="-1"><section><button>Within</button><input /></section></main>`;
  const page = find("section");
  for (const name of ["body", "main", "section button"])
    expect(pressed(find(name), page)).toBe(true);
  expect(pressed(find("aside a"), page)).toBe(false);
  // Handled by the element itself.
  expect(pressed(find("input"), page)).toBe(false);
});

test("the space bar presses a button that has the focus", () => {
  document.body.innerHTML = `<section><button>Within</button></section>`;
  const page = find("section");
  expect(pressed(find("button"), page, " ")).toBe(false);
  expect(pressed(page, page, " ")).toBe(true);
});

test("an arrow key with Shift has a direction", () => {
  expect(sideOf(key("ArrowLeft", { shiftKey: true }))).toBe("left");
  expect(sideOf(key("ArrowRight", { shiftKey: true }))).toBe("right");
  expect(sideOf(key("ArrowLeft"))).toBeUndefined();
  expect(sideOf(key("ArrowLeft", { shiftKey: true, altKey: true }))).toBeUndefined();
});
