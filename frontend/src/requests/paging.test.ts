import { expect, test } from "vitest";
import { Paging } from "./paging.ts";

test("ten items are shown, and ten more with each press, for each list", () => {
  const paging = new Paging();
  expect([paging.shown("a"), paging.next("a", 25)]).toStrictEqual([10, 10]);
  expect(paging.more("a")).toBe(10);
  expect([paging.shown("a"), paging.next("a", 25)]).toStrictEqual([20, 5]);
  paging.more("a");
  expect(paging.next("a", 25)).toBe(0);
  expect(paging.shown("b")).toBe(10);
});
