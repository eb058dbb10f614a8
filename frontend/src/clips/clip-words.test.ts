import { expect, test } from "vitest";
import { Strings } from "../i18n/strings.ts";
import { happened } from "./clip-words.ts";

const strings = new Strings("en");
const said = (kinds: string[], labels: string[] = [], event?: string): string =>
  happened(strings, { kinds, labels, ...(event ? { event } : {}) });

test("what the camera saw is the title of a clip", () => {
  expect(said(["motion"], ["person"])).toBe("Person");
  expect(said(["motion"], ["package", "person"])).toBe("Person with a package");
  expect(said(["motion"], ["person", "vehicle", "animal"])).toBe(
    "Person with an animal, Vehicle",
  );
  expect(said(["manual", "motion"], ["vehicle"])).toBe("Vehicle");
});

test("a ring is a ring, whoever was seen", () => {
  expect(said(["motion", "ring"], ["person"])).toBe("Ring");
  expect(said(["ring"], ["package", "person"])).toBe("Ring, with a package");
});

test("without a label, it is the event", () => {
  expect(said(["motion"])).toBe("Motion");
  expect(said(["manual"])).toBe("Recorded by hand");
  expect(said([], [], "motion")).toBe("Motion");
  expect(said(["something"], ["robot"])).toBe("robot");
  expect(said([])).toBe("Event");
});
