import { expect, test } from "vitest";
import { ALL, inherited, isMissing, kindsOf, withLevel, withLevels } from "./levels.ts";

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
  // From a later version.
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

test("who said nothing and gets nothing misses something, where the household lets it", () => {
  const phone = { phone_id: "1", name: "Phone", problem: null, failed_at: null };
  const base = {
    wishes: {},
    defaults: {},
    usual,
    phones: [phone],
    snoozed: {},
    has_person: false,
    may_set_defaults: false,
  };
  expect(isMissing(base)).toBe(true);
  expect(isMissing({ ...base, wishes: { on: false } })).toBe(false);
  expect(isMissing({ ...base, defaults: { never: true } })).toBe(false);
  const on = { ...base, defaults: { on: true } };
  expect(isMissing(on)).toBe(false);
  expect(isMissing({ ...on, phones: [] })).toBe(true);
  expect(isMissing({ ...on, phones: [{ ...phone, problem: "no_push" }] })).toBe(true);
});
