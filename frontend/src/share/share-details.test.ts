import { expect, test } from "vitest";
import { problemOf } from "./share-details.ts";

const FAILURE = { code: "agency_refused", message: "" };

test("the error of a command comes before that of the share", () => {
  const share = { state: "failed", problem: "agency_unavailable" } as const;
  expect(problemOf(share, undefined)?.code).toBe("agency_unavailable");
  expect(problemOf(share, FAILURE)).toBe(FAILURE);
  expect(problemOf({ ...share, problem: null }, undefined)).toBeUndefined();
});

test("a share continues without the page's connection", () => {
  const lost = { code: "connection_lost", message: "" };
  expect(problemOf({ state: "uploading", problem: null }, lost)?.code).toBe(
    "connection_lost_share",
  );
});

test("a share that is over has no problem, except that it arrived anyway", () => {
  expect(problemOf({ state: "cancelled", problem: "agency_refused" }, FAILURE)).toBe(
    undefined,
  );
  expect(
    problemOf({ state: "cancelled", problem: "arrived_anyway" }, undefined)?.code,
  ).toBe("arrived_anyway");
});
