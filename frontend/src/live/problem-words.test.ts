import { expect, test } from "vitest";
import type { Doorbell, DoorbellProblem } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { problemInWords } from "./problem-words.ts";
import type { Offline } from "./tile-state.ts";

const DOORBELL: Doorbell = {
  doorbell_id: "doorbell-1",
  name: "Front door",
  camera_entity_id: "camera.doorbell_1",
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
};
const OFFLINE: Offline = {
  kind: "offline",
  since: null,
  reason: "login",
  may_reconnect: false,
};
const FULL: DoorbellProblem = {
  kind: "not_recording",
  reason: "disk_full",
  folder: "/media/doorwatch",
  free: 410_000_000,
};
const ADMIN = {
  strings: new Strings("en"),
  locale: { language: "en" },
  admin: true,
};
const GUEST = { ...ADMIN, admin: false };

test("an administrator reads the reason, with a link; others whom to ask", () => {
  const told = problemInWords(OFFLINE, DOORBELL, ADMIN);
  expect(told.text).toMatch(/refuses the username or password/);
  expect(told.link?.href).toMatch(/config_entry=doorbell-1$/);
  expect(told.link?.label).toBe("Open settings, Front door");
  expect(told.action).toBeUndefined();
  const guest = problemInWords({ ...OFFLINE, reason: null }, DOORBELL, GUEST);
  expect(guest.text).toMatch(/ask an administrator\.$/);
  expect(guest.link).toBeUndefined();
});

test("only an administrator reads where clips are stored", () => {
  expect(problemInWords(FULL, DOORBELL, ADMIN)).toMatchObject({
    text: "Nothing is recorded, because storage is full.",
    details: "Clips are stored in /media/doorwatch, which has 410 MB free.",
    link: { href: "/config/repairs" },
  });
  expect(problemInWords({ ...FULL, free: null }, DOORBELL, ADMIN).details).toMatch(
    /stored in \/media\/doorwatch\.$/,
  );
  expect(
    problemInWords({ ...FULL, folder: null, free: null }, DOORBELL, GUEST),
  ).toMatchObject({
    text: "Nothing is recorded, because storage is full. Ask an administrator.",
    details: "",
    link: undefined,
  });
});

test.each([
  [80, "1 minute fast"],
  [-200, "3 minutes slow"],
  [7_300, "2 hours fast"],
  [-500_000, "6 days slow"],
])("a clock that is %d seconds ahead says how wrong it is", (ahead, words) => {
  const { text } = problemInWords({ kind: "wrong_clock", ahead }, DOORBELL, ADMIN);
  expect(text).toContain(words);
});

test("a doorbell that sleeps has no video in which to detect motion", () => {
  const problem: DoorbellProblem = { kind: "no_motion", rings: false };
  expect(problemInWords(problem, DOORBELL, ADMIN)).toMatchObject({
    action: "detect",
    link: undefined,
  });
  const sleeping = { ...DOORBELL, sleeps: true };
  const told = problemInWords(problem, sleeping, ADMIN);
  expect(told.action).toBeUndefined();
  expect(told.link?.words).toBe("Open settings");
  expect(problemInWords(problem, DOORBELL, GUEST).action).toBeUndefined();
});
