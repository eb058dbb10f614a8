/** The card's configuration and its form. */

import type { Strings } from "../i18n/strings.ts";

export interface CardConfig {
  type: string;
  title?: string;
  /** Camera of the doorbell to show; all doorbells if missing. */
  entity?: string;
  /** Number of clips. */
  limit?: number;
  layout?: "grid" | "list";
}

interface Field {
  name: string;
  selector: Record<string, unknown>;
}

export function configForm(strings: Strings): {
  schema: Field[];
  computeLabel: (field: Field) => string;
} {
  const labels: Record<string, string> = { entity: "camera" };
  return {
    schema: [
      { name: "title", selector: { text: {} } },
      {
        name: "entity",
        selector: {
          entity: { filter: { integration: "doorwatch", domain: "camera" } },
        },
      },
      { name: "limit", selector: { number: { min: 1, max: 100, mode: "box" } } },
      {
        name: "layout",
        selector: {
          select: {
            mode: "dropdown",
            options: ["grid", "list"].map((value) => ({
              value,
              label: strings.text(`editor.${value}`),
            })),
          },
        },
      },
    ],
    computeLabel: ({ name }) => strings.text(`editor.${labels[name] ?? name}`),
  };
}
