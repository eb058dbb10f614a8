import { expect, test } from "vitest";
import type { Live } from "../api/commands.ts";
import { Attention } from "./attention.ts";

const live = (rang_at: string | null): Live[] => [
  {
    doorbell_id: "front",
    camera_entity_id: null,
    live_problem: null,
    problems: [],
    one_connection: false,
    talk_entity_id: null,
    talk_problem: null,
    talker: null,
    rang_at,
  },
];
const nowhere = (): boolean => false;

test("it dims a minute after the last touch, and a ring brightens it", () => {
  const attention = new Attention(0);
  attention.hear(live(null), 0);
  attention.pass(59_000, nowhere);
  expect(attention.bright).toBe(true);
  attention.pass(61_000, nowhere);
  expect(attention.bright).toBe(false);
  expect(attention.hear(live(new Date(70_000).toISOString()), 70_000)).toBe(true);
  expect([attention.bright, attention.ringing.length]).toStrictEqual([true, 1]);
});

test("it stays bright while it rings, and for a minute after", () => {
  const attention = new Attention(0);
  attention.hear(live(null), 0);
  attention.hear(live(new Date(1_000).toISOString()), 1_000);
  attention.pass(89_000, nowhere);
  expect([attention.bright, attention.ringing.length]).toStrictEqual([true, 1]);
  attention.put("front", 90_000);
  attention.pass(149_000, nowhere);
  expect([attention.bright, attention.ringing.length]).toStrictEqual([true, 0]);
  attention.pass(151_000, nowhere);
  expect(attention.bright).toBe(false);
});
