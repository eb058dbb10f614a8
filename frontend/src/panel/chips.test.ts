import { expect, test } from "vitest";
import { filterOf, isChosen, toggled } from "./chips.ts";
import { TODAY } from "./route.ts";

test("a chip is chosen, and not any more at the second press", () => {
  const ring = toggled(TODAY, "ring");
  expect(isChosen(ring, "ring")).toBe(true);
  const both = toggled(toggled(ring, "new"), "manual");
  expect([both.kinds, both.marks]).toStrictEqual([["ring", "manual"], ["new"]]);
  expect(toggled(both, "animal").labels).toStrictEqual(["animal"]);
  expect(isChosen(toggled(both, "animal"), "animal")).toBe(true);
  expect(toggled(ring, "ring")).toStrictEqual(TODAY);
});

test("the home is asked for what is chosen, and for nothing else", () => {
  expect(filterOf(TODAY, {})).toStrictEqual({});
  const place = {
    ...TODAY,
    doorbell: "d1",
    kinds: ["ring"],
    labels: ["person"],
    marks: ["new", "protected", "shared"],
    words: "gate",
  } as const;
  expect(filterOf(place, { d1: "2026-11-24T12:00:00Z" })).toStrictEqual({
    doorbell_id: "d1",
    kinds: ["ring"],
    labels: ["person"],
    since: { d1: "2026-11-24T12:00:00Z" },
    protected: true,
    shared: true,
    query: "gate",
  });
});
