import { expect, test } from "vitest";
import { complaint, RULES } from "./language-rules.ts";

test.each(RULES)("a rule finds what it is for: $name", (rule) => {
  for (const [language, english, text] of rule.finds)
    expect(complaint(rule, text, english, language), text).toBe(true);
});
