import assert from "node:assert/strict";
import test from "node:test";
import type { Agency, Clip } from "../src/api.ts";
import { emptyForm, mistakes, requestOf } from "../src/share-form.ts";

const CLIP = { clip_id: "c", duration: 25.4, audio_codec: "aac" } as Clip;
const AGENCIES = [
  { agency_id: "a", available: true },
  { agency_id: "away", available: false },
] as Agency[];
const FORM = { ...emptyForm("Robin"), agencyId: "a" };

test("nothing but the clip goes along unless it is ticked", () => {
  assert.deepEqual(requestOf({ ...FORM, contact: "me@example.org" }, CLIP), {
    clip_id: "c",
    agency_id: "a",
    edits: { audio: false },
    personal: {},
  });
});

test("what is ticked and written goes along", () => {
  const form = {
    ...FORM,
    start: "2,5",
    end: "20",
    audio: true,
    note: " by the gate ",
    caseReference: "X-1",
    sendName: true,
    pin: "1234",
  };
  assert.deepEqual(requestOf(form, CLIP), {
    clip_id: "c",
    agency_id: "a",
    edits: { start: 2.5, end: 20, audio: true },
    note: "by the gate",
    case_reference: "X-1",
    personal: { name: "Robin" },
    password: "1234",
  });
});

test("a range that covers the whole clip is no edit", () => {
  const { edits } = requestOf({ ...FORM, start: "0", end: "26" }, CLIP);
  assert.deepEqual(edits, { audio: false });
});

test("a silent clip is never asked for its sound", () => {
  const silent = { ...CLIP, audio_codec: null };
  assert.equal(requestOf({ ...FORM, audio: true }, silent).edits.audio, false);
});

test("mistakes are found before anything is prepared", () => {
  const wrong = (change: object): string[] => [
    ...mistakes({ ...FORM, ...change }, CLIP, AGENCIES),
  ];
  assert.deepEqual(wrong({}), []);
  assert.deepEqual(wrong({ agencyId: "" }), ["agency"]);
  assert.deepEqual(wrong({ agencyId: "away" }), ["agency"]);
  assert.deepEqual(wrong({ start: "9", end: "4" }), ["range"]);
  assert.deepEqual(wrong({ start: "x" }), ["range"]);
  assert.deepEqual(wrong({ start: "-1" }), ["range"]);
  assert.deepEqual(wrong({ end: "99" }), ["range"]);
  assert.deepEqual(wrong({ sendName: true, name: " " }), ["name"]);
  assert.deepEqual(wrong({ sendContact: true }), ["contact"]);
});
