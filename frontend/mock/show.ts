/** A single element of the card in a mock home, for tests. */

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

/** Show an element, replacing the previous one. */
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

/** The focused element, through all shadow roots. */
export function focused(): Element | null {
  let { activeElement } = document;
  while (activeElement?.shadowRoot?.activeElement)
    ({ activeElement } = activeElement.shadowRoot);
  return activeElement;
}

/** Press Tab until this element has the focus. */
export async function tabTo(locator: Locator, { back = false } = {}): Promise<void> {
  await expect.element(locator).toBeInTheDocument();
  for (let presses = 0; presses < 60; presses += 1) {
    if (locator.query() === focused()) return;
    await userEvent.tab({ shift: back });
  }
  throw new Error("Tab does not lead there");
}

/** Wait until this element has the focus, through all shadow roots. */
export async function expectFocus(locator: Locator): Promise<void> {
  await expect.element(locator).toBeInTheDocument();
  await expect.poll(focused).toBe(locator.element());
}
