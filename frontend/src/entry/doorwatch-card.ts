/** What Home Assistant loads: lists the card in the card picker and defines it. */

import { Strings } from "../i18n/strings.ts";
import type { HomeAssistant } from "../ha/hass.ts";

interface CustomCard {
  type: string;
  name: string;
  description: string;
  preview: boolean;
  documentationURL: string;
  getEntitySuggestion: (
    hass: HomeAssistant,
    entityId: string,
  ) => { config: Record<string, unknown> } | null;
}

declare global {
  interface Window {
    customCards?: CustomCard[];
  }
}

const strings = new Strings(navigator.language);

window.customCards ??= [];
window.customCards.push({
  type: "doorwatch-card",
  name: strings.text("card.name"),
  description: strings.text("card.description"),
  preview: true,
  documentationURL:
    "https://github.com/doorwatch-project/doorwatch/blob/main/docs/card.md",
  getEntitySuggestion: (hass, entityId) =>
    entityId.startsWith("camera.") &&
    hass.entities?.[entityId]?.platform === "doorwatch"
      ? { config: { type: "custom:doorwatch-card", entity: entityId } }
      : null,
});

// Home Assistant's frontend replaces the registry of elements while it starts, and forgets what was
// defined before ("Custom element doesn't exist"). Its own first element comes right after that.
if (document.querySelector("home-assistant")) {
  await customElements.whenDefined("home-assistant");
}
await import("../card/card.ts");
