import { expect, test } from "vitest";
import { Strings } from "../i18n/strings.ts";
import { lineText, lineTime } from "./ledger-words.ts";

const LINE = {
  seq: 7,
  at: "2026-11-30T18:54:02Z",
  kind: "prepared_to_send",
  data: { clip_id: "clip-0" },
  personal: { user: "Kim" },
  had_personal: true,
};

test("a copy to send names who prepared it, until that is deleted", () => {
  const strings = new Strings("en");
  expect(lineText(strings, LINE, "")).toBe(
    "Kim prepared a copy of a clip to send. The recipient is unknown.",
  );
  expect(lineText(strings, { ...LINE, personal: {} }, "")).toMatch(/^Someone prepared/);
});

test("a tap that a new ledger learned of later has the time of the tap", () => {
  const confirmed_at = "2026-11-28T09:12:30Z";
  const late = { ...LINE, kind: "confirmed", data: { confirmed_at, late: true } };
  expect(lineTime(late)).toBe(confirmed_at);
  expect(lineTime({ ...LINE, kind: "confirmed" })).toBe(LINE.at);
  expect(lineTime({ ...LINE, data: { confirmed_at } })).toBe(LINE.at);
});
