import { html, render } from "lit";
import { expect, test } from "vitest";
import type { Notice } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { renderNotice } from "./share-notice.ts";

const TERMS = "Used only for the case.\n  Not passed on.";
const NOTICE: Notice = {
  agency: {
    name: "Police of Sample Town",
    host: "police.sample-town.example",
    issuer: "https://police.sample-town.example",
    fingerprint: "k3Jd",
    compared: true,
    jurisdiction: "",
    contact: "",
    terms: TERMS,
    retention: "Until the case is closed.",
    retention_days: 90,
    terms_digest: "ab",
  },
  file: {
    sha256: "9f2c",
    size: 1_000,
    started_at: "2026-11-24T13:03:00Z",
    ended_at: "2026-11-24T13:03:25Z",
    audio: false,
    derived: false,
    reencoded: false,
    original_sha256: "07c1",
    edits: { start: null, end: null, audio: false, redact: [] },
  },
  labels: {},
  personal: {},
  note: "By the gate.",
  case_reference: "",
  request: null,
  declaration_sha256: null,
  sentences: ["others_visible"],
  language: "en",
};

function shown(change: Partial<Notice> = {}): HTMLElement {
  const root = document.createElement("div");
  const context = {
    strings: new Strings("en"),
    locale: { language: "en" },
    zone: "Europe/Berlin",
  };
  render(html`${renderNotice({ ...NOTICE, ...change }, context)}`, root);
  return root;
}

test("words of people are shown as they were written, no line more", () => {
  const texts = [...shown().querySelectorAll(".text")].map((one) => one.textContent);
  expect(texts).toStrictEqual(["Until the case is closed.", TERMS, "By the gate."]);
});

test("hostile words stay words", () => {
  const name = "<img src=x onerror=alert(1)>";
  const root = shown({ note: name, agency: { ...NOTICE.agency, name } });
  expect(root.querySelector("img")).toBe(null);
  expect(root.querySelector(".agency")?.textContent).toBe(name);
});

test("a list of details holds nothing but names and details", () => {
  for (const personal of [{}, { name: "Robin" }]) {
    for (const list of shown({ personal }).querySelectorAll("dl")) {
      const inside = [...list.children].map((one) => one.tagName);
      expect(inside.filter((tag) => tag !== "DIV")).toStrictEqual([]);
    }
  }
});

test("what the camera says goes along is shown, with who said it", () => {
  const labels = { person: "onvif", "<b>": "reolink" };
  const root = shown({ labels, sentences: ["labels_go_along"] });
  const said = [...root.querySelectorAll("dd")].map((one) => one.textContent);
  expect(said).toContain("person (from onvif), <b> (from reolink)");
  expect(root.querySelector(".know")?.textContent).toContain("is included");
  expect(shown().textContent).not.toContain("Camera reports");
});

test("all of the request that is answered is read, as text", () => {
  const said = {
    title: "<b>A bicycle</b>",
    text: "Who saw\na white van?",
    case_reference: "PL1300-2026-0417",
    offence: "Theft, article 310",
    investigation_code: "INV-77",
    contact: "https://evil.example/",
    terms: "Used for this case only.",
  };
  const root = shown({
    request: {
      ...said,
      request_id: "2026-0417",
      version: 3,
      begins: "2024-11-24T00:00:00+00:00",
      ends: "2024-11-24T03:30:00+00:00",
      until: "2024-12-20T00:00:00+00:00",
    },
  });
  const request = root.querySelector(".request");
  for (const words of Object.values(said))
    expect(request?.textContent).toContain(words);
  expect(request?.textContent).toContain("2026-0417, version 3");
  expect(request?.textContent).toMatch(/Sunday, November 24, 2024, 0?1:00/);
  expect(request?.textContent).toContain("December 20, 2024");
  expect(request?.querySelectorAll("a, b").length).toBe(0);
  expect(shown().querySelector(".request")).toBe(null);
});
