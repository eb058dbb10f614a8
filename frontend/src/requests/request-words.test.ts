import { expect, test } from "vitest";
import { request } from "../../mock/requests.ts";
import { Strings } from "../i18n/strings.ts";
import {
  excerpt,
  fitWords,
  lackWords,
  lookFor,
  overWords,
  windowWords,
} from "./request-words.ts";

const strings = new Strings("en");
const words = {
  strings,
  locale: { language: "en", timeFormat: "24", zone: "Europe/Amsterdam" },
  zone: "Europe/Amsterdam",
};
/** A year that is neither this one nor the next. */
const at = (day: string): string => `2024-${day}:00+00:00`;

test("a window is told by the clock at home", () => {
  expect(windowWords(words, at("11-24T00:00"), at("11-24T03:30"))).toBe(
    "Sunday, November 24, 2024, 01:00 to 04:30",
  );
});

test("a window past midnight names both days", () => {
  expect(windowWords(words, at("11-23T22:00"), at("11-24T01:00"))).toBe(
    "Saturday, November 23, 2024, 23:00, to Sunday, November 24, 2024, 02:00",
  );
});

test("an excerpt ends between words, and is the text if that is short", () => {
  expect(excerpt(" A bicycle\n\nwas stolen. ")).toBe("A bicycle was stolen.");
  expect(excerpt("word ".repeat(100))).toBe(`${"word ".repeat(36).trim()}…`);
  // One long word is cut, but no character is.
  expect(excerpt("😀".repeat(200))).toBe(`${"😀".repeat(180)}…`);
});

test("how many clips fit is told, up to what the home counts", () => {
  const fit = (clips: number): string => fitWords(strings, request({ clips }));
  expect(fit(0)).toBe("You have no clips from that time.");
  expect(fit(1)).toBe("1 of your clips matches.");
  expect(fit(3)).toBe("3 of your clips match.");
  expect(fit(999)).toBe("999 or more of your clips match.");
});

test("what to look for is named, and is all where nothing is", () => {
  expect(lookFor(strings, ["person", "vehicle"])).toBe("Person, Vehicle");
  expect(lookFor(strings, [])).toBeUndefined();
});

test("what a request lacks is told in words, something unknown too", () => {
  expect(
    lackWords(strings, ["offence", "until", "area_too_large", "area_too_spread"]),
  ).toStrictEqual([
    "It doesn't say which offense it's about.",
    "It doesn't say until when it's open.",
    "Its area is larger than 1.3 km² (half a square mile).",
    "Parts of its area are more than 5 km apart.",
  ]);
  expect(lackWords(strings, ["something_new"])).toStrictEqual([
    "It lacks something that this page doesn't know yet.",
  ]);
});

test("why a request cannot be answered any more is told", () => {
  const over = (state: string, until: string | null): string | undefined =>
    overWords(words, { state, until });
  expect(over("open", null)).toBeUndefined();
  expect(over("closed", null)).toBe("It was closed.");
  expect(over("over", at("11-24T00:00"))).toBe(
    "It was open until Sunday, November 24, 2024, 01:00.",
  );
  expect(over("over", null)).toMatch(/nothing new was published/);
});
