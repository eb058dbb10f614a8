import assert from "node:assert/strict";
import test from "node:test";
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
  assert.equal(said[0], "Uploaded to Harbour Police, not confirmed");
  assert.equal(said.length, 3);
  for (const text of said) assert.doesNotMatch(text, /deliver|arrived/i);
  assert.equal(FINISHED.has("uploaded"), true);
});

test("an uploaded share has no outcome to tell, and can have been withdrawn", () => {
  const strings = new Strings("en");
  const locale = { language: "en" } as Parameters<typeof outcomeText>[2];
  assert.equal(outcomeText(uploaded, strings, locale), undefined);
  const withdrawn = {
    ...uploaded,
    withdrawal: "refused",
    withdrawn_at: "now",
  } as Share;
  const said = saidByAgency(withdrawn, strings, (at) => at);
  assert.equal(said.length, 2);
  assert.match(said[1] ?? "", /does not delete/);
});
