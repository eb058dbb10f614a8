import { expect, test } from "vitest";
import type { Live } from "../api/commands.ts";
import { Rings } from "./rings.ts";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toISOString();
const lives = (rang: Record<string, string | null>): Live[] =>
  Object.entries(rang).map(([doorbell_id, rang_at]) => ({
    doorbell_id,
    camera_entity_id: null,
    live_problem: null,
    problems: [],
    one_connection: false,
    talk_entity_id: null,
    talk_problem: "unavailable",
    talker: null,
    rang_at,
  }));
const ids = ({ ringing }: Rings): string[] => ringing.map((one) => one.doorbell_id);

test("a ring from before the page was opened is none, the next one is", () => {
  const rings = new Rings();
  expect(rings.hear(lives({ a: at(-5), b: null }), NOW)).toBe(false);
  expect(rings.hear(lives({ a: at(-5), b: at(0) }), NOW)).toBe(true);
  expect(ids(rings)).toStrictEqual(["b"]);
  expect(rings.hear(lives({ a: at(-5), b: at(0) }), NOW)).toBe(false);
});

test("several ring: the newest is first, each is put away by itself, and may ring again", () => {
  const rings = new Rings();
  rings.hear(lives({ a: null, b: null }), NOW);
  rings.hear(lives({ a: at(0), b: null }), NOW);
  rings.hear(lives({ a: at(0), b: at(1) }), NOW);
  expect(ids(rings)).toStrictEqual(["b", "a"]);
  rings.put("b");
  expect(ids(rings)).toStrictEqual(["a"]);
  rings.hear(lives({ a: at(0), b: at(9) }), NOW);
  expect(ids(rings)).toStrictEqual(["b", "a"]);
  rings.hear(lives({ b: at(9) }), NOW); // permission for the other one may have been removed
  expect(ids(rings)).toStrictEqual(["b"]);
});

test("it goes after a while, unless somebody is at it", () => {
  const rings = new Rings();
  rings.hear(lives({ a: null, b: null }), NOW);
  rings.hear(lives({ a: at(0), b: at(0) }), NOW);
  rings.pass(NOW + 1_000, () => false);
  expect(ids(rings)).toStrictEqual(["a", "b"]);
  rings.pass(NOW + 100_000, (id) => id === "a");
  expect(ids(rings)).toStrictEqual(["a"]);
  rings.pass(NOW + 500_000, () => false);
  expect(ids(rings)).toStrictEqual([]);
});

test("one that was missed for long while the home was away is not shown", () => {
  const rings = new Rings();
  rings.hear(lives({ a: null }), NOW);
  expect(rings.hear(lives({ a: at(-3_600) }), NOW)).toBe(false);
});
