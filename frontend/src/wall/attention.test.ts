import { expect, test } from "vitest";
import type { Live } from "../api/commands.ts";
import { Attention } from "./attention.ts";

const live = (rang_at: string | null, change: Partial<Live> = {}): Live[] => [
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
    ...change,
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

test("the press that brightens does nothing else", () => {
  const attention = new Attention(0);
  attention.press(1_000);
  expect(attention.takesClick()).toBe(false);
  attention.pass(62_000, nowhere);
  attention.press(63_000);
  expect(attention.bright).toBe(true);
  expect([attention.takesClick(), attention.takesClick()]).toStrictEqual([true, false]);
});

test("the newest ring is in front, unless somebody talks at another one", () => {
  const attention = new Attention(0);
  const both = (at: string | null, change: Partial<Live> = {}): Live[] => [
    ...live(new Date(1_000).toISOString(), change),
    ...live(at, { doorbell_id: "gate" }),
  ];
  attention.hear([...live(null), ...live(null, { doorbell_id: "gate" })], 0);
  attention.hear(both(null), 1_000);
  attention.hear(both(new Date(2_000).toISOString()), 2_000);
  expect(attention.front?.doorbell_id).toBe("gate");
  const talker = { name: "Kim", since: "1", session_id: "1", ends_soon: false };
  attention.hear(both(new Date(2_000).toISOString(), { talker }), 3_000);
  expect(attention.front?.doorbell_id).toBe("front");
});
