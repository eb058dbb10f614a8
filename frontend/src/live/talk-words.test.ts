import { expect, test } from "vitest";
import type { Live } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { buttonText, failureText, otherTalker, talkProblem } from "./talk-words.ts";

const STRINGS = new Strings("en");
const LIVE: Live = {
  doorbell_id: "doorbell-1",
  camera_entity_id: null,
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: "camera.doorbell_1_talk",
  talk_problem: null,
  talker: null,
  rang_at: null,
};

test("the home's reason comes before those of the browser", () => {
  expect(talkProblem(LIVE)).toBeUndefined();
  expect(talkProblem({ ...LIVE, talk_entity_id: null })).toBe("unavailable");
  expect(talkProblem({ ...LIVE, talk_problem: "demo" })).toBe("demo");
});

test("another person talks, unless it is this page", () => {
  const talker = { name: "Kim", since: "1", session_id: null, ends_soon: false };
  expect(otherTalker({ talker }, { on: false })).toBe("Kim");
  expect(otherTalker({ talker }, { on: true })).toBeUndefined();
  const own = { ...talker, session_id: "0" };
  expect(otherTalker({ talker: own }, { on: false })).toBeUndefined();
});

test("the button says how to end the talk", () => {
  expect(buttonText(STRINGS, { state: "idle" }, false)).toBe("Hold to talk");
  expect(buttonText(STRINGS, { state: "talking" }, false)).toMatch(/Release to end/);
  expect(buttonText(STRINGS, { state: "talking" }, true)).toMatch(/Tap to end/);
});

test("a refusal has the page's own text, or that of the home", () => {
  const text = (code: string, message = ""): string =>
    failureText(STRINGS, { failure: "refused", code, message });
  expect(text("talk_no_answer", "x")).toMatch(/go2rtc/);
  expect(text("talk_other", "In the words of the home")).toBe(
    "In the words of the home",
  );
  expect(text("talk_other")).not.toBe("");
  expect(failureText(STRINGS, { failure: undefined, code: "", message: "" })).toBe("");
});
