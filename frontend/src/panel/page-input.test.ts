import { LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { afterEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { PageInput } from "./page-input.ts";
import type { Side } from "./page-keys.ts";

@customElement("test-input-page")
class InputPage extends LitElement {
  ready = true;
  steps: Side[] = [];
  pressed: string[] = [];

  constructor() {
    super();
    new PageInput(this, {
      isReady: () => this.ready,
      step: (side) => this.steps.push(side),
      press: ({ key }) => this.pressed.push(key) > 0,
    });
  }
}

afterEach(() => document.body.replaceChildren());

function opened(): InputPage {
  const element = new InputPage();
  document.body.replaceChildren(element);
  return element;
}

function swipe(element: InputPage, by: number): void {
  const touch = { pointerType: "touch", isPrimary: true, clientY: 10 };
  for (const [type, clientX] of [
    ["pointerdown", 100],
    ["pointerup", 100 + by],
  ] as const)
    element.dispatchEvent(new PointerEvent(type, { ...touch, clientX }));
}

test("a swipe to the right shows what is on the left", () => {
  const element = opened();
  swipe(element, 150);
  swipe(element, -150);
  expect(element.steps).toStrictEqual(["left", "right"]);
});

test("arrows with Shift step, and other keys are for the page", async () => {
  const element = opened();
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}k");
  expect(element.steps).toStrictEqual(["left"]);
  expect(element.pressed).toContain("k");
});

test("an open dialog has the keys and swipes, and a page that is gone has none", async () => {
  const element = opened();
  element.ready = false;
  swipe(element, 150);
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  element.ready = true;
  element.remove();
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  expect(element.steps).toStrictEqual([]);
});
