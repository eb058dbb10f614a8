import { expect, test } from "vitest";
import type { Proposal } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { proposedBy } from "./proposals.ts";

const says = (by: string | null, user?: string | null): string =>
  proposedBy(new Strings("en"), { by, user } as Proposal);

test("a proposal says what made it, and a program whose login it used", () => {
  expect(says("dashboard", "Kim")).toBe("Proposed by Kim");
  expect(says("dashboard", null)).toBe("Proposed from a dashboard");
  expect(says("automation", "Kim")).toBe("Proposed by an automation");
  for (const by of ["rest", "long_lived_token", "other", "of a later version"])
    expect(says(by, "Kim")).toBe(
      "Proposed by a program that has a login or a token of Kim",
    );
  // Of before it was kept, or of somebody who is gone.
  expect(says("rest", null)).toBe("Proposed by something in this home");
  expect(says("rest")).toBe("Proposed by something in this home");
  expect(says(null)).toBe("Proposed by something in this home");
});
