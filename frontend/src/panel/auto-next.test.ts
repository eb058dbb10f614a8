import { beforeEach, expect, test } from "vitest";
import { AutoNext } from "./auto-next.ts";

beforeEach(() => localStorage.clear());

test("the next clip plays until somebody turns that off, in this browser", () => {
  const next = new AutoNext();
  expect(next.on).toBe(true);
  next.on = false;
  expect(new AutoNext().on).toBe(false);
});
