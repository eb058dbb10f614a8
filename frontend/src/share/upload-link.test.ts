import { expect, test } from "vitest";
import { originOf } from "./upload-link.ts";

test("a link leads to its origin, as browsers write it", () => {
  for (const link of [
    "https://harbour.vendor.example/upload?token=abc",
    "  HTTPS://HARBOUR.vendor.example:443/#x\n",
  ])
    expect(originOf(link)).toBe("https://harbour.vendor.example");
  expect(originOf("https://bürgeramt.example/")).toBe(
    "https://xn--brgeramt-65a.example",
  );
});

test("what is no link to an https page leads nowhere", () => {
  for (const link of [
    "",
    "harbour.vendor.example",
    "http://harbour.vendor.example",
    "javascript:alert(1)",
    "https://harbour.vendor.example@evil.example/",
    "https://user:pass@harbour.vendor.example/",
  ])
    expect(originOf(link), link).toBe(undefined);
  // A backslash is a slash to browsers: this leads to the first host.
  expect(originOf("https://evil.example\\@harbour.vendor.example")).toBe(
    "https://evil.example",
  );
});
