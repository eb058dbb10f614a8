import { expect, test } from "vitest";
import { Strings } from "../i18n/strings.ts";
import { verdictOf } from "./proof-verdict.ts";

test("only an intact ledger with a tap for each share proves it", () => {
  const strings = new Strings("en");
  const verdict = (changed_at: number | null, untapped_at: number | null) =>
    verdictOf(strings, { changed_at, untapped_at });
  expect(verdict(null, null)).toMatchObject({
    good: true,
    sentence: "No clip was shared from this home unless someone here sent it.",
  });
  const changed = verdict(17, null);
  expect(changed.good).toBe(false);
  expect(changed.sentence).toMatch(/^Line 17 of the ledger was changed/);
  const untapped = verdict(null, 9);
  expect(untapped.good).toBe(false);
  expect(untapped.sentence).toMatch(/^Line 9 of the ledger/);
});
