import { expect, test } from "vitest";
import type { Proposal } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { proposedBy } from "./proposals.ts";

const says = (by: string | null, user?: string | null): string =>
  proposedBy(new Strings("en"), { by, user } as Proposal);

test("a proposal says what made it, and a program whose login it used", () => {
  expect(says("dashboard", "Kim")).toBe("Suggested by Kim");
  expect(says("dashboard", null)).toBe("Suggested from a dashboard");
  expect(says("automation", "Kim")).toBe("Suggested by an automation");
  for (const by of ["rest", "long_lived_token", "other", "of a later version"])
    expect(says(by, "Kim")).toBe("Suggested by a program with a login or token of Kim");
  // Stored by an earlier version, or by a deleted user.
  expect(says("rest", null)).toBe("Suggested by something in this home");
  expect(says("rest")).toBe("Suggested by something in this home");
  expect(says(null)).toBe("Suggested by something in this home");
});
