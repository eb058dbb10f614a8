/**
 * What every page of Home Assistant loads: it lists the card in the card picker, and defines an
 * element that fetches the card itself once it is shown. It shares no code with the card or the
 * panel, which would make every page load that too; its few words are its own.
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

/** The words for now: the language is known once somebody is logged in, and may become another. */
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

/** Stands for the card: what Home Assistant gives it, it hands on. */
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
      // An update took away what the page that is open still asks for.
      const alert = document.createElement("ha-alert");
      alert.textContent = said().failed;
      this.replaceChildren(alert);
    }
  }
}

// Home Assistant's frontend replaces the registry of elements while it starts, and forgets what was
// defined before ("Custom element doesn't exist"). Its own first element comes right after that.
if (document.querySelector("home-assistant")) {
  await customElements.whenDefined("home-assistant");
}
customElements.define("doorwatch-card", LoadedCard);
