import { expect, test } from "vitest";
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
  expect(requestOf({ ...FORM, contact: "me@example.org" }, CLIP)).toStrictEqual({
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
  expect(requestOf(form, CLIP)).toStrictEqual({
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
  expect(edits).toStrictEqual({ audio: false });
});

test("covered areas go along as they were drawn", () => {
  const covers = [newCover(rectangle([10, 20], [40, 60]))];
  expect(requestOf({ ...FORM, covers }, CLIP).edits).toStrictEqual({
    audio: false,
    redact: [{ left: 0.1, top: 0.2, width: 0.3, height: 0.4 }],
  });
});

test("a part without a whole picture is a mistake, unless every picture is made anew", () => {
  const strip = { length: 25.4, keyframes: [0, 10, 20], stills: [] };
  const found = (change: object): string[] => [
    ...mistakes({ ...FORM, ...change }, CLIP, AGENCIES, strip),
  ];
  expect(found({ start: "1", end: "11" })).toStrictEqual([]);
  expect(found({ start: "1", end: "9" })).toStrictEqual(["range"]);
  expect(found({ start: "21" })).toStrictEqual(["range"]);
  const cover = newCover(rectangle([10, 20], [40, 60]));
  expect(found({ start: "1", end: "9", covers: [cover] })).toStrictEqual([]);
  const late = { ...cover, always: false, start: "9", end: "4" };
  expect(found({ covers: [cover, late] })).toStrictEqual(["covers"]);
});

test("what is typed moves the strip, as far as it can be read", () => {
  expect(chosen({ ...FORM, start: "2,5", end: "99" }, 25)).toStrictEqual({
    start: 2.5,
    end: 25,
  });
  expect(chosen({ ...FORM, start: "x" }, 25)).toStrictEqual({ start: 0, end: 25 });
});

test("a silent clip is never asked for its sound", () => {
  const silent = { ...CLIP, audio_codec: null };
  expect(requestOf({ ...FORM, audio: true }, silent).edits?.audio).toBe(false);
});

test("a copy to look at is asked for only where it is needed", () => {
  expect(!("small_preview" in requestOf(FORM, CLIP))).toBe(true);
  expect(requestOf(FORM, CLIP, undefined, true).small_preview).toBe(true);
});

test("mistakes are found before anything is prepared", () => {
  const wrong = (change: object): string[] => [
    ...mistakes({ ...FORM, ...change }, CLIP, AGENCIES),
  ];
  expect(wrong({})).toStrictEqual([]);
  expect(wrong({ agencyId: "" })).toStrictEqual(["agency"]);
  expect(wrong({ agencyId: "away" })).toStrictEqual(["agency"]);
  expect(wrong({ start: "9", end: "4" })).toStrictEqual(["range"]);
  expect(wrong({ start: "x" })).toStrictEqual(["range"]);
  expect(wrong({ start: "-1" })).toStrictEqual(["range"]);
  expect(wrong({ end: "99" })).toStrictEqual(["range"]);
  expect(wrong({ sendName: true, name: " " })).toStrictEqual(["name"]);
  expect(wrong({ sendContact: true })).toStrictEqual(["contact"]);
});

test("an agency that sends upload links needs one to its page, and only its origin is sent", () => {
  const page = "https://harbour.vendor.example";
  const agency = { agency_id: "a", available: true, upload_page: page } as Agency;
  const link = `${page}/upload?token=secret`;
  const wrong = (text: string): string[] => [
    ...mistakes({ ...FORM, link: text }, CLIP, [agency]),
  ];
  expect(wrong(link)).toStrictEqual([]);
  for (const other of ["", page.replace("https", "http"), "https://evil.example/"])
    expect(wrong(other)).toStrictEqual(["link"]);
  const request = requestOf({ ...FORM, link }, CLIP, agency);
  expect(request.link_origin).toBe(page);
  expect(!JSON.stringify(request).includes("secret")).toBe(true);
  // Pasted, then another agency was selected.
  expect(!("link_origin" in requestOf({ ...FORM, link }, CLIP))).toBe(true);
});

test("the request that is answered and the draft of a declaration go along when they are wanted", () => {
  const asked = requestOf({ ...FORM, requestId: "2026-0417", declaration: true }, CLIP);
  expect(asked).toMatchObject({ request_id: "2026-0417", declaration: true });
});
