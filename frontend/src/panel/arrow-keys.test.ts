import { expect, test } from "vitest";
import { arrowOf, type Side } from "./arrow-keys.ts";

/** Press an arrow key at an element; return how the page interprets it. */
function pressed(at: Element, page: Element): Side | undefined {
  let side: Side | undefined;
  const hear = (event: KeyboardEvent): void => void (side = arrowOf(event, page));
  window.addEventListener("keydown", hear, { once: true });
  at.dispatchEvent(
    new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true, composed: true }),
  );
  return side;
}

test("an arrow key is the page's, in it, around it, or where nothing has the focus", () => {
  document.body.innerHTML = `<aside><a href="/">Elsewhere</a></aside>
    <main tabindex="-1"><section><button>Within</button><input /></section></main>`;
  const find = (name: string): Element =>
    document.querySelector(name) ?? document.documentElement;
  const page = find("section");
  for (const name of ["body", "main", "section button"])
    expect(pressed(find(name), page)).toBe("left");
  expect(pressed(find("aside a"), page)).toBeUndefined();
  // Handled by the element itself.
  expect(pressed(find("input"), page)).toBeUndefined();
});
