import { expect, test } from "vitest";
import type { Doorbell } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { ringText } from "./ring-words.ts";

test("a ring says where and when, also at a doorbell that was removed", () => {
  const strings = new Strings("en");
  const locale = { language: "en", timeFormat: "24", zone: "Europe/Berlin" };
  const doorbells = [{ doorbell_id: "front", name: "Front door" }] as Doorbell[];
  const text = (doorbell_id: string): string =>
    ringText(strings, locale, doorbells, {
      doorbell_id,
      rang_at: "2026-11-24T12:03:00Z",
    });
  expect(text("front")).toMatch(/^Someone is ringing at Front door 13:03/);
  expect(text("gone")).toMatch(/^Someone is ringing at removed doorbell/);
});
