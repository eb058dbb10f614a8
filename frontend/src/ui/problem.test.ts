import { expect, test } from "vitest";
import { failureOf } from "../api/commands.ts";
import { fetchWords, Strings } from "../i18n/strings.ts";
import { problemText } from "./problem.ts";

test("a problem is told in the language of the person, with its values", async () => {
  await fetchWords("de");
  const failure = failureOf({
    code: "pin_locked",
    message: "Too many incorrect PINs. Try again in 30 seconds",
    translation_key: "pin_locked",
    translation_placeholders: { seconds: "30" },
  });
  expect(problemText(new Strings("de"), failure)).toMatch(/PIN.* 30 Sekunden/);
});

test("without a text for it, a problem is told in the words of the home", () => {
  const strings = new Strings("en");
  const message = "The door is stuck.";
  expect(problemText(strings, { code: "stuck", message })).toBe(message);
  expect(problemText(strings, { code: "stuck", message: "" })).toMatch(/^Something/);
});
