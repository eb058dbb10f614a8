import { expect, test } from "vitest";
import { Strings } from "../i18n/strings.ts";
import type { Form } from "./entry-flow.ts";
import { FormWords } from "./form-words.ts";

const TEXTS: Record<string, string> = {
  "options.step.events.title": "Front door",
  "options.step.events.data.webhook": "Webhook",
  "options.step.events.data_description.webhook": "Treat `{webhook}` like a password.",
  "options.step.events.sections.picture.name": "Motion detection",
  "options.step.events.sections.picture.data.cool_down": "Pause after motion",
  "options.error.pin_locked": "Try again in {seconds} seconds.",
};
const FORM: Form = {
  type: "form",
  flow_id: "flow-1",
  step_id: "events",
  data_schema: [],
  errors: null,
  description_placeholders: { webhook: "/api/webhook/1", seconds: "30" },
};

const words = new FormWords(
  new Strings("en"),
  {
    text: (key, values = {}) =>
      (TEXTS[key] ?? "").replace(/\{(\w+)\}/, (_, name: string) =>
        String(values[name]),
      ),
  },
  "options",
  FORM,
);

test("fields have the texts of their step and section", () => {
  expect(words.title).toBe("Front door");
  expect(words.label({ name: "webhook" }, {})).toBe("Webhook");
  expect(words.helper({ name: "webhook" })).toBe(
    "Treat /api/webhook/1 like a password.",
  );
  expect(words.label({ name: "picture", schema: [] }, {})).toBe("Motion detection");
  expect(words.label({ name: "cool_down" }, {}, { path: ["picture"] })).toBe(
    "Pause after motion",
  );
});

test("errors are those of the flow, and one of this page", () => {
  expect(words.error("pin_locked")).toBe("Try again in 30 seconds.");
  expect(words.error("invalid_value")).toBe("A value is missing or out of range.");
});
