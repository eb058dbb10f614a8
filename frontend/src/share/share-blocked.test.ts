import { html, render } from "lit";
import { expect, test } from "vitest";
import type { Agencies, Agency } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { blocked, renderBlocked, whomToAsk } from "./share-blocked.ts";

const KNOWN = { agencies: [{ agency_id: "a" } as Agency], refusal: null };
const REFUSAL = {
  code: "foreign_client",
  message: "You logged in elsewhere.",
  placeholders: { address: "http://elsewhere.example" },
};
const MAY = { may_share: true };
const strings = new Strings("en");

test("what stands in the way is told, the page before the right and that before agencies", () => {
  const why = (
    may_share: boolean,
    change: Partial<Agencies> = {},
  ): string | undefined => blocked({ may_share }, { ...KNOWN, ...change })?.why;
  expect(why(true)).toBe(undefined);
  expect(why(true, { agencies: [] })).toBe("no_agency");
  expect(why(false, { agencies: [] })).toBe("not_allowed");
  expect(why(false, { refusal: REFUSAL })).toBe("elsewhere");
});

test("whom to ask is said by name, where there are names", () => {
  expect(whomToAsk(strings, ["Ada", "Grace"])).toMatch(/^Ask Ada or Grace to /);
  expect(whomToAsk(strings, [])).toMatch(/^Ask an administrator/);
});

test("only who is no administrator is sent to one, and nobody's name is markup", () => {
  const shown = (isAdmin: boolean): HTMLElement => {
    const root = document.createElement("div");
    const context = {
      strings,
      blocked: { why: "no_agency" } as const,
      administrators: ["<b>Ada</b>"],
      isAdmin,
      leave: () => undefined,
    };
    render(html`${renderBlocked(context)}`, root);
    return root;
  };
  expect(shown(false).textContent).toContain("Ask <b>Ada</b>");
  expect(shown(false).querySelector("a, b")).toBe(null);
  expect(shown(true).textContent).not.toContain("Ada");
  expect(shown(true).querySelector("a")).not.toBe(null);
});

test("a home that shares has nothing to explain", () => {
  expect(blocked(MAY, KNOWN)).toBe(undefined);
});
