import { expect, test } from "vitest";
import {
  ALL,
  inherited,
  isUndecided,
  kindsOf,
  withLevel,
  withLevels,
} from "./levels.ts";

const usual = { ring: "urgent", person: "on", vehicle: "off", motion: "on" };

test("only what this home knows can be chosen, and what was chosen before", () => {
  expect(kindsOf([])).toStrictEqual(["ring", "motion"]);
  expect(kindsOf(["person", "face"], { vehicle: "on" }, undefined)).toStrictEqual([
    "ring",
    "person",
    "vehicle",
    "motion",
  ]);
});

test("what is not chosen comes from all doorbells, else the household, else what is usual", () => {
  const notices = {
    wishes: { levels: { [ALL]: { ring: "silent" } } },
    defaults: { levels: { ring: "on", motion: "off" } },
    usual,
  };
  const at = (doorbell: string, kind: "ring" | "motion" | "person") =>
    inherited(notices, doorbell, kind);
  expect(at("d1", "ring")).toStrictEqual({ level: "silent", from: "all" });
  expect(at(ALL, "ring")).toStrictEqual({ level: "on", from: "household" });
  expect(at("d1", "motion")).toStrictEqual({ level: "off", from: "household" });
  expect(at("d1", "person")).toStrictEqual({ level: "on", from: "usual" });
  // Of a later version.
  const later = { ...notices, defaults: { levels: { ring: "deafening" } } };
  expect(inherited(later, ALL, "ring").level).toBe("urgent");
});

test("a level is chosen and given up, and so are those of a doorbell", () => {
  expect(withLevel(undefined, "ring", "off")).toStrictEqual({ ring: "off" });
  expect(withLevel({ ring: "off", motion: "on" }, "ring", undefined)).toStrictEqual({
    motion: "on",
  });
  const own = withLevels({ on: true }, "d1", {});
  expect(own).toStrictEqual({ on: true, levels: { d1: {} } });
  expect(withLevels(own, "d1", undefined)).toStrictEqual({ on: true, levels: {} });
});

test("nothing is decided until the person or the household says something", () => {
  const base = {
    wishes: {},
    defaults: {},
    usual,
    phones: [],
    snoozed: {},
    has_person: false,
    may_set_defaults: false,
  };
  expect(isUndecided(base)).toBe(true);
  expect(isUndecided({ ...base, wishes: { on: false } })).toBe(false);
  expect(isUndecided({ ...base, defaults: { on: true } })).toBe(false);
  expect(isUndecided({ ...base, defaults: { never: true } })).toBe(false);
});
