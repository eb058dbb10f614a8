import { expect, test } from "vitest";
import { forgetLink, keepLink, linkOf, originOf } from "./upload-link.ts";

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
  // Browsers treat a backslash as a slash, so this leads to the first host.
  expect(originOf("https://evil.example\\@harbour.vendor.example")).toBe(
    "https://evil.example",
  );
});

test("a link is kept for who pasted it, until it is not needed any more", () => {
  sessionStorage.clear();
  keepLink("robin", "share-1", " https://harbour.vendor.example/?token=a\n");
  expect(linkOf("robin", "share-1")).toBe("https://harbour.vendor.example/?token=a");
  expect(linkOf("kim", "share-1")).toBe(undefined);
  expect(linkOf("robin", "share-2")).toBe(undefined);
  forgetLink("robin", "share-1");
  expect(linkOf("robin", "share-1")).toBe(undefined);
});

test("what somebody else wrote into the browser is opened only if it is a link", () => {
  keepLink("robin", "share-1", "javascript:alert(1)");
  expect(linkOf("robin", "share-1")).toBe(undefined);
});
