/** One element of the card alone, in a make-believe home: for tests. */

import { ReactiveElement } from "lit";
import { customElement } from "lit/decorators.js";
import { expect } from "vitest";
import { userEvent, type Locator } from "vitest/browser";
import { HomeProvider } from "../src/ha/home-element.ts";
import { makeHass, MockConnection } from "./hass.ts";

@customElement("mock-home")
export class MockHome extends ReactiveElement {
  readonly provider = new HomeProvider(this);

  protected override createRenderRoot(): this {
    return this;
  }
}

/** Show it in place of what was shown before. */
export function show(
  element: HTMLElement,
  connection = new MockConnection("clips"),
): MockHome {
  const home = new MockHome();
  home.provider.set(makeHass(connection, "clips"));
  home.append(element);
  document.body.replaceChildren(home);
  return home;
}

function focused(): Element | null {
  let { activeElement } = document;
  while (activeElement?.shadowRoot?.activeElement)
    ({ activeElement } = activeElement.shadowRoot);
  return activeElement;
}

/** Press Tab until this has the focus, as who has no mouse does. */
export async function tabTo(locator: Locator, { back = false } = {}): Promise<void> {
  await expect.element(locator).toBeInTheDocument();
  for (let presses = 0; presses < 60; presses += 1) {
    if (locator.query() === focused()) return;
    await userEvent.tab({ shift: back });
  }
  throw new Error("Tab does not lead there");
}

/** Wait until this has the focus, within whatever elements it lies. */
export async function expectFocus(locator: Locator): Promise<void> {
  await expect.element(locator).toBeInTheDocument();
  await expect.poll(focused).toBe(locator.element());
}
