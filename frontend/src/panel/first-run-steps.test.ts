import { expect, test } from "vitest";
import type { Doorbell, Live } from "../api/commands.ts";
import { fit, isAnalyzed, sightOf, startLive, stepOf } from "./first-run-steps.ts";

const door = (change: Partial<Doorbell> = {}): Doorbell => ({
  doorbell_id: "doorbell-1",
  name: "Front door",
  camera_entity_id: "camera.doorbell_1",
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
  ...change,
});

const FULL: Live["problems"][number] = {
  kind: "not_recording",
  reason: "disk_full",
  folder: null,
  free: null,
};

const live = (change: Partial<Live> = {}): Live => ({
  doorbell_id: "doorbell-1",
  camera_entity_id: "camera.doorbell_1",
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: null,
  talk_problem: null,
  talker: null,
  rang_at: null,
  ...change,
});

test("a person walks to the door only if something detects motion there", () => {
  expect(stepOf([door()], [live()])).toBe("walk");
  expect(stepOf([door({ detection: "off" })], [live()])).toBe("blind");
  expect(stepOf([door({ detection: "called" })], [live()])).toBe("called");
  const both = [door({ detection: "off" }), door({ detection: "called" })];
  expect(stepOf(both, [])).toBe("called");
  expect(stepOf([...both, door()], [live()])).toBe("walk");
});

test("nobody is sent to a door where nothing would be recorded", () => {
  expect(stepOf([door()], [live({ live_problem: "unavailable" })])).toBe("wait");
  expect(stepOf([door()], [live({ problems: [FULL] })])).toBe("wait");
  expect(stepOf([door({ records: false })], [live()])).toBe("wait");
  expect(stepOf([door()], [live({ live_problem: "asleep" })])).toBe("walk");
});

test("live view starts without a tap only where that costs nothing", () => {
  const starts = (one: Doorbell, ...lives: Live[]): boolean =>
    startLive([one], lives).has(one.doorbell_id);
  expect(starts(door(), live())).toBe(true);
  expect(starts(door())).toBe(false);
  expect(starts(door(), live({ one_connection: true }))).toBe(false);
  expect(starts(door(), live({ live_problem: "asleep" }))).toBe(false);
  expect(starts(door({ sleeps: true }), live())).toBe(false);
  expect(starts(door({ detection: "off" }), live())).toBe(false);
  const ids = ["1", "2", "3", "4", "5"];
  const many = ids.map((doorbell_id) => door({ doorbell_id }));
  const lives = ids.map((doorbell_id) => live({ doorbell_id }));
  expect([...startLive(many, lives)]).toStrictEqual(["1", "2", "3", "4"]);
});

test("motion is drawn if the video may be analyzed", () => {
  expect(isAnalyzed(door())).toBe(true);
  expect(isAnalyzed(door({ sleeps: true }))).toBe(false);
  expect(isAnalyzed(door({ detection: "called" }))).toBe(false);
});

test("changes that are not motion are named, too", () => {
  const box = [10, 20, 30, 40];
  const of = (boxes: number[][], changed: number) =>
    sightOf({ boxes, changed, threshold: 10 });
  expect(of([box], 40)).toBe("motion");
  expect(of([], 40)).toBe("little");
  expect(of([], 5)).toBe("little");
  expect(of([], 4)).toBe("still");
});

test("a picture fits into its frame", () => {
  const frame = { width: 16, height: 9 };
  expect(fit({ width: 1920, height: 1080 }, frame)).toStrictEqual({
    width: 100,
    height: 100,
  });
  expect(fit({ width: 640, height: 480 }, frame)).toStrictEqual({
    width: 75,
    height: 100,
  });
  expect(fit({ width: 32, height: 9 }, frame)).toStrictEqual({
    width: 100,
    height: 50,
  });
});
