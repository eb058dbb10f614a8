import { expect, test } from "vitest";
import type { Mistake } from "./share-form.ts";
import { beside, firstWrong, isWrong, stepOfFailure, STEPS } from "./share-steps.ts";

const mistakes = (...found: Mistake[]): Set<Mistake> => new Set(found);

test("a mistake leads to the first step in which it can be mended", () => {
  expect(firstWrong(mistakes())).toBe(undefined);
  expect(firstWrong(mistakes("contact", "covers"))).toBe("cover");
  expect(firstWrong(mistakes("agency", "range"))).toBe("part");
  expect(isWrong("part", mistakes("agency"))).toBe(false);
  expect(isWrong("recipient", mistakes("agency"))).toBe(true);
});

test("a refusal leads to what it is about", () => {
  expect(stepOfFailure("nothing_left")).toBe("part");
  expect(stepOfFailure("redact_impossible")).toBe("cover");
  expect(stepOfFailure("pin_wrong")).toBe("recipient");
  expect(stepOfFailure("of a later version")).toBe("recipient");
});

test("there is nothing before the first step and after the last", () => {
  expect(STEPS.map((step) => beside(step, 1))).toStrictEqual([
    "cover",
    "recipient",
    undefined,
  ]);
  expect(beside("part", -1)).toBe(undefined);
});
