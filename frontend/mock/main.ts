/**
 * The card with a make-believe Home Assistant, for work on its looks and for tests of its states.
 * What to show stands in the address: ?state=empty&theme=dark&layout=list
 */

import "../src/entry/loader.ts";
import { MockConnection, makeHass } from "./hass.ts";

const options = new URLSearchParams(location.search);
document.documentElement.classList.toggle("dark", options.get("theme") === "dark");

// The look of a card comes from Home Assistant; here a bare element stands in.
customElements.define(
  "ha-card",
  class extends HTMLElement {
    connectedCallback(): void {
      const style = getComputedStyle(document.documentElement);
      this.style.borderRadius = "12px";
      this.style.border = `1px solid ${style.getPropertyValue("--divider-color")}`;
      this.style.background = "var(--card-background-color)";
    }
  },
);

const connection = new MockConnection(options.get("state") ?? "clips");
const card = document.createElement("doorwatch-card");
card.setConfig({
  type: "custom:doorwatch-card",
  layout: options.get("layout") === "list" ? "list" : "grid",
});
card.hass = makeHass(connection, options.get("state") ?? "clips");
document.body.append(card);

// For tests: what was sent, and the ways things go wrong.
Object.assign(window, {
  sent: connection.sent,
  drop: () => {
    connection.drop();
    card.hass = makeHass(connection, "disconnected");
  },
  reconnect: () => {
    connection.restore();
    card.hass = makeHass(connection, "clips");
  },
});
