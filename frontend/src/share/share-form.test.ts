import assert from "node:assert/strict";
import test from "node:test";
import type { Agency, Clip } from "../api/commands.ts";
import { rectangle } from "../areas/areas.ts";
import { newCover } from "./covers.ts";
import { chosen, emptyForm, mistakes, requestOf } from "./share-form.ts";

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

test("covered areas go along as they were drawn", () => {
  const covers = [newCover(rectangle([10, 20], [40, 60]))];
  assert.deepEqual(requestOf({ ...FORM, covers }, CLIP).edits, {
    audio: false,
    redact: [{ left: 0.1, top: 0.2, width: 0.3, height: 0.4 }],
  });
});

test("a part without a whole picture is a mistake, unless every picture is made anew", () => {
  const strip = { length: 25.4, keyframes: [0, 10, 20], stills: [] };
  const found = (change: object): string[] => [
    ...mistakes({ ...FORM, ...change }, CLIP, AGENCIES, strip),
  ];
  assert.deepEqual(found({ start: "1", end: "11" }), []);
  assert.deepEqual(found({ start: "1", end: "9" }), ["range"]);
  assert.deepEqual(found({ start: "21" }), ["range"]);
  const cover = newCover(rectangle([10, 20], [40, 60]));
  assert.deepEqual(found({ start: "1", end: "9", covers: [cover] }), []);
  const late = { ...cover, always: false, start: "9", end: "4" };
  assert.deepEqual(found({ covers: [cover, late] }), ["covers"]);
});

test("what is typed moves the strip, as far as it can be read", () => {
  assert.deepEqual(chosen({ ...FORM, start: "2,5", end: "99" }, 25), {
    start: 2.5,
    end: 25,
  });
  assert.deepEqual(chosen({ ...FORM, start: "x" }, 25), { start: 0, end: 25 });
});

test("a silent clip is never asked for its sound", () => {
  const silent = { ...CLIP, audio_codec: null };
  assert.equal(requestOf({ ...FORM, audio: true }, silent).edits.audio, false);
});

test("a copy to look at is asked for only where it is needed", () => {
  assert.ok(!("small_preview" in requestOf(FORM, CLIP)));
  assert.equal(requestOf(FORM, CLIP, undefined, true).small_preview, true);
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

test("an agency that sends upload links needs one to its page, and only its origin is sent", () => {
  const page = "https://harbour.vendor.example";
  const agency = { agency_id: "a", available: true, upload_page: page } as Agency;
  const link = `${page}/upload?token=secret`;
  const wrong = (text: string): string[] => [
    ...mistakes({ ...FORM, link: text }, CLIP, [agency]),
  ];
  assert.deepEqual(wrong(link), []);
  for (const other of ["", page.replace("https", "http"), "https://evil.example/"])
    assert.deepEqual(wrong(other), ["link"]);
  const request = requestOf({ ...FORM, link }, CLIP, agency);
  assert.equal(request.link_origin, page);
  assert.ok(!JSON.stringify(request).includes("secret"));
  // Pasted, then another agency was chosen.
  assert.ok(!("link_origin" in requestOf({ ...FORM, link }, CLIP)));
});
