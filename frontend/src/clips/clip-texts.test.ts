import { expect, test } from "vitest";
import { clip } from "../../mock/hass.ts";
import { Strings } from "../i18n/strings.ts";
import { ClipTexts } from "./clip-texts.ts";

test("a clip is described with its doorbell, also if that was removed", () => {
  const one = clip(0);
  const doorbell = {
    doorbell_id: one.doorbell_id,
    name: "Front door",
    camera_entity_id: null,
    connected: true,
    records: true,
    detection: "on",
    sleeps: false,
    may_share: true,
    may_control: true,
  } as const;
  const texts = (doorbells: readonly (typeof doorbell)[]): ClipTexts =>
    new ClipTexts(new Strings("en"), { language: "en" }, doorbells);
  expect(texts([doorbell]).describe("page.clip.title", one)).toMatch(/Front door$/);
  expect(texts([doorbell]).doorbellOf(one)).toBe(doorbell);
  expect(texts([]).nameOf(one)).toBe("removed doorbell");
});
