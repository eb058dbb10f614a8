import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Search } from "./today-search.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function make(): { search: Search; asked: string[] } {
  const asked: string[] = [];
  return {
    search: new Search(
      () => undefined,
      (words) => asked.push(words),
    ),
    asked,
  };
}

test("words are searched for after the last key", () => {
  const { search, asked } = make();
  search.type("gar");
  search.type("garden ");
  expect(asked).toStrictEqual([]);
  vi.runAllTimers();
  expect(asked).toStrictEqual(["garden"]);
  search.follow("garden");
  expect(search.words).toBe("garden ");
  search.follow("gate");
  expect(search.words).toBe("gate");
});

test("the field is open while it has words, and until it is closed", () => {
  const { search, asked } = make();
  expect(search.isOpen).toBe(false);
  search.follow("gate");
  expect(search.isOpen).toBe(true);
  search.type("");
  expect(search.isOpen).toBe(true);
  search.type("ring");
  search.close();
  vi.runAllTimers();
  expect([search.isOpen, search.words]).toStrictEqual([false, ""]);
  expect(asked).toStrictEqual([""]);
  search.open();
  search.close();
  expect(asked).toHaveLength(1);
});

test("a pending search is forgotten", () => {
  const { search, asked } = make();
  search.follow("gate");
  search.type("gates");
  search.stop("gate");
  vi.runAllTimers();
  expect([search.words, asked]).toStrictEqual(["gate", []]);
});
