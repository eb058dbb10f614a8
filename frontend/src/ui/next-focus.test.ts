import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { afterEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { focused } from "../../mock/show.ts";
import { NextFocus } from "./next-focus.ts";

@customElement("test-next-focus")
class Recorder extends LitElement {
  @property() shown = "start";
  @property({ type: Boolean }) busy = false;
  readonly nextFocus = new NextFocus(this);

  protected override render(): TemplateResult {
    return html`<button class=${this.shown} ?disabled=${this.busy}></button>`;
  }
}

afterEach(() => document.body.replaceChildren());

async function opened(change: Partial<Recorder>): Promise<Recorder> {
  const element = new Recorder();
  document.body.replaceChildren(element);
  await element.updateComplete;
  element.nextFocus.expect(".stop");
  Object.assign(element, change);
  await element.updateComplete;
  return element;
}

test("the focus goes to what replaces a button, once it can be pressed", async () => {
  const element = await opened({ shown: "stop", busy: true });
  expect(focused()).toBe(document.body);
  element.busy = false;
  await element.updateComplete;
  expect(focused()?.className).toBe("stop");
});

test("who has moved the focus keeps it", async () => {
  const element = await opened({});
  const other = document.createElement("input");
  document.body.append(other);
  other.focus();
  element.shown = "stop";
  await element.updateComplete;
  expect(focused()).toBe(other);
});

test("nothing is expected after a failure", async () => {
  const element = await opened({});
  element.nextFocus.cancel();
  element.shown = "stop";
  await element.updateComplete;
  expect(focused()).toBe(document.body);
});

test("nothing is expected once the user does something else", async () => {
  for (const act of [
    () => userEvent.click(document.body),
    () => userEvent.keyboard("{ArrowDown}"),
  ]) {
    const element = await opened({});
    await act();
    element.shown = "stop";
    await element.updateComplete;
    expect(focused()).toBe(document.body);
  }
});

test("nothing is expected after the element was hidden", async () => {
  const element = await opened({});
  element.remove();
  element.shown = "stop";
  document.body.append(element);
  await element.updateComplete;
  expect(focused()).toBe(document.body);
});
