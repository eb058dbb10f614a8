import { expect, test } from "vitest";
import type { Share } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { FINISHED, outcomeText, saidByAgency, titleKey } from "./share-words.ts";

const uploaded = {
  state: "uploaded",
  outcome: null,
  problem: null,
  receipt: "none",
  withdrawal: null,
  withdrawal_text: "",
  agency_name: "Harbour Police",
} as Share;

test("what an agency never confirms is not called delivered", () => {
  const strings = new Strings("en");
  const agency = uploaded.agency_name;
  const said = [
    strings.text(titleKey(uploaded), { agency }),
    strings.text("status.uploaded_hint"),
    ...saidByAgency(uploaded, strings, (at) => at),
  ];
  expect(said[0]).toBe("Uploaded to Harbour Police, not confirmed");
  expect(said.length).toBe(3);
  for (const text of said) expect(text).not.toMatch(/deliver|arrived/i);
  expect(FINISHED.has("uploaded")).toBe(true);
});

test("an uploaded share has no outcome to tell, and can have been withdrawn", () => {
  const strings = new Strings("en");
  const locale = { language: "en" } as Parameters<typeof outcomeText>[2];
  expect(outcomeText(uploaded, strings, locale)).toBe(undefined);
  const withdrawn = {
    ...uploaded,
    withdrawal: "refused",
    withdrawn_at: "now",
  } as Share;
  const said = saidByAgency(withdrawn, strings, (at) => at);
  expect(said.length).toBe(2);
  expect(said[1] ?? "").toMatch(/won't delete/);
});

test("a share that the agency opened says when, after its receipt", () => {
  const strings = new Strings("en");
  const opened = {
    ...uploaded,
    state: "delivered",
    receipt: "received",
    received_at: "yesterday",
    opened_at: "today",
  } as Share;
  const said = saidByAgency(opened, strings, (at) => at);
  expect(said.map((words) => words.split(" ").at(-1))).toEqual([
    "yesterday.",
    "today.",
  ]);
});
