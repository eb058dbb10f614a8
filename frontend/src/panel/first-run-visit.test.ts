import { expect, test } from "vitest";
import { clip } from "../../mock/library.ts";
import type { Clip } from "../api/commands.ts";
import type { LiveStatus } from "../api/live.ts";
import { FirstVisit } from "./first-run-visit.ts";
import { TODAY, type TodayPlace } from "./route.ts";

const [FIRST, SECOND] = [clip(1), clip(0)];

interface Look {
  clips?: Clip[];
  status?: LiveStatus;
  seen?: Record<string, string>;
  place?: TodayPlace;
  hidden?: boolean;
  talking?: boolean;
}

function begin() {
  let updates = 0;
  const marked: Record<string, string>[] = [];
  const visit = new FirstVisit({ requestUpdate: () => (updates += 1) });
  const doorbells = ["doorbell-1", "doorbell-2"].map((doorbell_id) => ({
    doorbell_id,
    name: doorbell_id,
    camera_entity_id: null,
    connected: true,
    records: true,
    detection: "on" as const,
    sleeps: false,
    may_share: true,
    may_control: true,
  }));
  const look = (change: Look = {}): void => {
    const { clips = [], status = "ready", seen = {} } = change;
    const { place = TODAY, hidden = false, talking = false } = change;
    const talker = { name: "Kim", since: "", session_id: "1", ends_soon: false };
    const markSeen = async (moments: Record<string, string>): Promise<void> =>
      void marked.push(moments);
    const lives = doorbells.map(({ doorbell_id }) => ({
      doorbell_id,
      camera_entity_id: null,
      live_problem: null,
      problems: [],
      one_connection: false,
      talk_entity_id: null,
      talk_problem: null,
      talker: talking ? talker : null,
      rang_at: null,
    }));
    const shown = { hidden, place, doorbells, lives, feed: { seen, markSeen } };
    visit.look(shown, { clips, status, newer: false });
  };
  return { visit, look, marked, updates: () => updates };
}

test("the first clip stays until the person goes on", () => {
  const { visit, look, marked, updates } = begin();
  look({ status: "loading" });
  expect([visit.on, visit.unsure]).toStrictEqual([false, true]);
  look();
  expect(visit.unsure).toBe(false);
  expect([visit.on, visit.alone, visit.clip]).toStrictEqual([true, true, undefined]);
  look({ clips: [FIRST] });
  expect(visit.clip).toBe(FIRST);
  expect(marked).toStrictEqual([{ [FIRST.doorbell_id]: FIRST.started_at }]);
  look({ clips: [SECOND, FIRST] });
  expect(visit.clip).toBe(FIRST);
  look({ status: "loading" });
  expect(visit.clip).toBe(FIRST);
  visit.end();
  expect(updates()).toBe(1);
  look({ clips: [SECOND, FIRST] });
  expect([visit.on, visit.alone]).toStrictEqual([false, false]);
});

test("who talks at the door is not interrupted", () => {
  const { visit, look } = begin();
  look();
  look({ clips: [FIRST], talking: true });
  expect([visit.on, visit.clip]).toStrictEqual([true, undefined]);
  look({ clips: [FIRST] });
  expect(visit.clip).toBe(FIRST);
});

test("who comes later sees Today", () => {
  const { visit, look } = begin();
  look({ clips: [FIRST] });
  expect(visit.on).toBe(false);
});

test("who has seen clips that are gone waits for none", () => {
  const { visit, look } = begin();
  const seen = { "doorbell-1": "2026-11-24T12:00:00Z" };
  look({ seen });
  expect([visit.on, visit.alone]).toStrictEqual([false, true]);
  look({ seen, clips: [FIRST] });
  expect(visit.clip).toBeUndefined();
});

test("a clip that comes while another page is open does not play", () => {
  const { visit, look } = begin();
  look();
  look({ hidden: true });
  look({ hidden: true, clips: [FIRST] });
  look({ clips: [FIRST] });
  expect(visit.on).toBe(false);
});

test("clips of another doorbell, and filters, are not the first clip", () => {
  const { visit, look } = begin();
  look({ place: { ...TODAY, doorbell: "doorbell-2" } });
  expect(visit.on).toBe(true);
  look({ clips: [FIRST] });
  expect(visit.on).toBe(false);
  look({ place: { ...TODAY, words: "ring" } });
  expect([visit.on, visit.alone]).toStrictEqual([false, false]);
});
