/**
 * Loaded on every page of Home Assistant: registers the card in the card picker, and defines an
 * element that loads the card when it is shown. It shares no code with the card or the panel,
 * because every page would load that, too; it has its own few texts.
 */

import type { CardConfig } from "../editors/card-form.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import words from "./words.json" with { type: "json" };

interface CustomCard {
  type: string;
  name: string;
  description: string;
  preview: boolean;
  documentationURL: string;
  getEntitySuggestion: (
    hass: HomeAssistant,
    entityId: string,
  ) => { config: CardConfig } | null;
}

declare global {
  interface Window {
    customCards?: CustomCard[];
  }
  interface HTMLElementTagNameMap {
    "doorwatch-card": LoadedCard;
  }
}

const TYPE = "custom:doorwatch-card";

/** The texts in the current language, which is only known after login and may change. */
function said(): typeof words.en {
  const language =
    document.querySelector("home-assistant")?.hass?.language ?? navigator.language;
  const [name] = language.split("-");
  return Object.entries(words).find(([each]) => each === name)?.[1] ?? words.en;
}

window.customCards ??= [];
window.customCards.push({
  type: "doorwatch-card",
  get name() {
    return said().name;
  },
  get description() {
    return said().description;
  },
  preview: true,
  documentationURL:
    "https://github.com/doorwatch-project/doorwatch/blob/main/docs/card.md",
  getEntitySuggestion: (hass, entityId) =>
    entityId.startsWith("camera.") &&
    hass.entities?.[entityId]?.platform === "doorwatch"
      ? { config: { type: TYPE, entity: entityId } }
      : null,
});

const card = (): Promise<typeof import("../card/card.ts")> => import("../card/card.ts");
type Content = InstanceType<Awaited<ReturnType<typeof card>>["DoorwatchCard"]>;

/** A proxy for the card: forwards what Home Assistant sets on it. */
class LoadedCard extends HTMLElement {
  #hass: HomeAssistant | undefined;
  #config: CardConfig | undefined;
  #content: Content | undefined;

  static getStubConfig(): CardConfig {
    return { type: TYPE };
  }

  static async getConfigForm(): Promise<unknown> {
    return (await card()).DoorwatchCard.getConfigForm();
  }

  set hass(hass: HomeAssistant) {
    this.#hass = hass;
    if (this.#content) this.#content.hass = hass;
  }

  setConfig(config: CardConfig): void {
    this.#config = config;
    this.#content?.setConfig(config);
  }

  getCardSize(): number {
    return 8;
  }

  getGridOptions(): Record<string, number | string> {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  connectedCallback(): void {
    this.style.display = "block";
    if (!this.#content) void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const { DoorwatchCard } = await card();
      if (this.#content) return;
      const content = new DoorwatchCard();
      if (this.#config) content.setConfig(this.#config);
      if (this.#hass) content.hass = this.#hass;
      this.#content = content;
      this.replaceChildren(content);
    } catch {
      // The open page is from before an update, and its files are gone.
      const alert = document.createElement("ha-alert");
      alert.textContent = said().failed;
      this.replaceChildren(alert);
    }
  }
}

// While starting, Home Assistant's frontend replaces the custom element registry and loses
// earlier definitions ("Custom element doesn't exist"). Its root element follows directly after
// that.
if (document.querySelector("home-assistant")) {
  await customElements.whenDefined("home-assistant");
}
customElements.define("doorwatch-card", LoadedCard);
