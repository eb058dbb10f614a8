import assert from "node:assert/strict";
import test from "node:test";
import type { Proposal } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { proposedBy } from "./proposals.ts";

const says = (by: string | null, user?: string | null): string =>
  proposedBy(new Strings("en"), { by, user } as Proposal);

test("a proposal says what made it, and a program whose login it used", () => {
  assert.equal(says("automation", "Kim"), "Proposed by an automation");
  for (const by of ["rest", "long_lived_token", "other", "of a later version"])
    assert.equal(
      says(by, "Kim"),
      "Proposed by a program that has a login or a token of Kim",
    );
  // Of before it was kept, or of somebody who is gone.
  assert.equal(says("rest", null), "Proposed by something in this home");
  assert.equal(says("rest"), "Proposed by something in this home");
  assert.equal(says(null), "Proposed by something in this home");
});
