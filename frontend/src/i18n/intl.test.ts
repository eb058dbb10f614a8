import { expect, test } from "vitest";
import { dateFormat, numberFormat, pluralRules } from "./intl.ts";

test("a format is made once, and another one for another wish", () => {
  const hour = { timeZone: "Europe/Berlin", hour: "numeric" } as const;
  const format = dateFormat("de", hour);
  expect(dateFormat("de", { ...hour })).toBe(format);
  expect(dateFormat("en", hour)).not.toBe(format);
  expect(dateFormat("de", { ...hour, timeZone: "UTC" })).not.toBe(format);
  expect(numberFormat("de")).toBe(numberFormat("de"));
  expect(numberFormat("de").format(1.5)).toBe("1,5");
  expect(pluralRules("en").select(1)).toBe("one");
});
