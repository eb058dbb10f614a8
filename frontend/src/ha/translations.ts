/** The integration's texts that Home Assistant translates: of forms, and of their choices. */

import { format, type Values } from "../i18n/message.ts";
import { TRANSLATIONS } from "./core-names.ts";
import type { Connection } from "./hass.ts";

const DOMAIN = "doorwatch";

export interface Translations {
  /** The text of a key such as `options.step.storage.title`; empty without one. */
  text: (key: string, values?: Values) => string;
}

export async function translations(
  connection: Connection,
  language: string,
  category: "options" | "config",
): Promise<Translations> {
  const found = await Promise.all(
    [category, "selector"].map(
      (one) =>
        connection.sendMessagePromise({
          type: TRANSLATIONS,
          language,
          category: one,
          integration: [DOMAIN],
        }) as Promise<{ resources: Record<string, string> }>,
    ),
  );
  const texts = new Map(found.flatMap(({ resources }) => Object.entries(resources)));
  return {
    text: (key, values = {}) => {
      const text = texts.get(`component.${DOMAIN}.${key}`);
      return text === undefined ? "" : format(text, values, language);
    },
  };
}
