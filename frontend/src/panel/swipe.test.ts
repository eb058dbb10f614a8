import { expect, test } from "vitest";
import { Swipe } from "./swipe.ts";

function at(x: number, y: number, change: PointerEventInit = {}): PointerEvent {
  const usual = { pointerId: 1, pointerType: "touch", isPrimary: true };
  return new PointerEvent("pointer", { clientX: x, clientY: y, ...usual, ...change });
}

function swiped(to: [number, number], change: PointerEventInit = {}) {
  const swipe = new Swipe();
  swipe.begin(at(200, 200, change));
  return swipe.end(at(...to, change));
}

test("a finger that goes to the side swipes", () => {
  expect(swiped([100, 210])).toBe("left");
  expect(swiped([300, 190])).toBe("right");
});

test("a tap, scrolling, a mouse and a second finger do not", () => {
  expect(swiped([180, 200])).toBeUndefined();
  expect(swiped([120, 300])).toBeUndefined();
  expect(swiped([100, 200], { pointerType: "mouse" })).toBeUndefined();
  expect(swiped([100, 200], { isPrimary: false })).toBeUndefined();
});

test("what the browser takes for scrolling is no swipe", () => {
  const swipe = new Swipe();
  swipe.begin(at(200, 200));
  swipe.cancel();
  expect(swipe.end(at(100, 200))).toBeUndefined();
});

test("a finger on a slider, or on what scrolls to the side, does not swipe", () => {
  document.body.innerHTML = `<div role="slider"></div><ul class="scrolls"><li></li></ul>`;
  for (const selector of ["[role=slider]", "li"]) {
    const swipe = new Swipe();
    const element = document.querySelector(selector) ?? document.body;
    element.addEventListener("pointerdown", (event) => {
      swipe.begin(event as PointerEvent);
    });
    const usual = { pointerId: 1, pointerType: "touch", isPrimary: true };
    element.dispatchEvent(new PointerEvent("pointerdown", { clientX: 200, ...usual }));
    expect(swipe.end(at(100, 0))).toBeUndefined();
  }
});
