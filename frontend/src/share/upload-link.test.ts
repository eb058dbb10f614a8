import assert from "node:assert/strict";
import test from "node:test";
import { originOf } from "./upload-link.ts";

test("a link leads to its origin, as browsers write it", () => {
  for (const link of [
    "https://harbour.vendor.example/upload?token=abc",
    "  HTTPS://HARBOUR.vendor.example:443/#x\n",
  ])
    assert.equal(originOf(link), "https://harbour.vendor.example");
  assert.equal(
    originOf("https://bürgeramt.example/"),
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
    assert.equal(originOf(link), undefined, link);
  // A backslash is a slash to browsers: this leads to the first host.
  assert.equal(
    originOf("https://evil.example\\@harbour.vendor.example"),
    "https://evil.example",
  );
});
