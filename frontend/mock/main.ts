/**
 * The card, or at /doorwatch the panel, with a mock Home Assistant, to work on their design.
 * Options are in the URL: ?state=empty&theme=dark&layout=list&dir=rtl&language=de (or en-XA,
 * ar-XB: see pseudo.ts)&delay=50
 */

import "../src/entry/loader.ts";
import "../src/panel/panel.ts";
import { defineCameraStream } from "./camera-stream.ts";
import { defineForm } from "./form.ts";
import type { DoorwatchPanel } from "../src/panel/panel.ts";
import { clip, MockConnection, makeHass } from "./hass.ts";
import { addPseudoLanguages } from "./pseudo.ts";

defineCameraStream();
defineForm();

const options = new URLSearchParams(location.search);
document.documentElement.classList.toggle("dark", options.get("theme") === "dark");

// A plain element in place of Home Assistant's card.
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

const language = options.get("language") ?? "en";
const isMirrored = new Intl.Locale(language).maximize().script === "Arab";
document.documentElement.dir = options.get("dir") ?? (isMirrored ? "rtl" : "ltr");
addPseudoLanguages();

const state = options.get("state") ?? "clips";
const connection = new MockConnection(state);
connection.delay = Number(options.get("delay") ?? 0);
const shown = location.pathname.startsWith("/doorwatch") ? panel() : card();
shown.hass = makeHass(connection, state, language);
document.body.append(shown);

function card(): HTMLElementTagNameMap["doorwatch-card"] {
  const element = document.createElement("doorwatch-card");
  element.setConfig({
    type: "custom:doorwatch-card",
    layout: options.get("layout") === "list" ? "list" : "grid",
  });
  return element;
}

function panel(): DoorwatchPanel {
  const element = document.createElement("doorwatch-panel");
  const small = matchMedia("(max-width: 870px)");
  const measure = (): void => void (element.narrow = small.matches);
  small.addEventListener("change", measure);
  measure();
  document.body.style.margin = "0";
  return element;
}

// Somebody walks up to the door.
let step = 0;
if (state === "walk")
  setInterval(() => {
    step = (step + 1) % 8;
    const boxes = step < 3 ? [] : [[step * 8, 35, step * 8 + 14, 90]];
    connection.doors.see({
      boxes,
      changed: step === 2 ? 8 : 40 * boxes.length,
      threshold: 10,
    });
  }, 1_000);

// For tests: the sent messages, and failures to trigger.
Object.assign(window, {
  sent: connection.sent,
  firstClip: () => connection.save(clip(0)),
  ring: () => connection.doors.tell({ rang_at: new Date().toISOString() }),
  drop: () => {
    connection.drop();
    shown.hass = makeHass(connection, "disconnected", language);
  },
  reconnect: () => {
    connection.restore();
    shown.hass = makeHass(connection, "clips", language);
  },
});
