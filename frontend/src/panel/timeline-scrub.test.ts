import { expect, test } from "vitest";
import { dayOf } from "../../mock/days.ts";
import type { Mark } from "../api/commands.ts";
import { DayLook } from "./day-look.ts";
import { MomentPictures } from "./timeline-pictures.ts";
import { momentAt, Scrub } from "./timeline-scrub.ts";

const mark = (at: number, change: Partial<Mark> = {}): Mark => ({
  clip_id: `clip-${at}`,
  doorbell_id: "doorbell-1",
  at,
  duration: 21,
  kinds: ["motion"],
  labels: [],
  protected: false,
  ...change,
});

/** A day on 864 pixels: 100 seconds each. */
function look(...marks: Mark[]): DayLook {
  const day = { ...dayOf("2026-11-24"), marks };
  const seen = new DayLook(day, [], "Europe/Berlin", new Set());
  seen.width = 864;
  return seen;
}

const at = (seen: DayLook, x: number, y = 20): [string, number] | undefined => {
  const moment = momentAt(seen, { x, y });
  return moment && [moment.mark.clip_id, moment.at];
};

test("a clip is wide enough to reach its moments, from its start to near its end", () => {
  const seen = look(mark(40_000));
  expect(at(seen, 384)).toBeUndefined();
  expect(at(seen, 384.11)).toStrictEqual(["clip-40000", 0]);
  expect(at(seen, 400.105)).toStrictEqual(["clip-40000", 10]);
  expect(at(seen, 416)).toStrictEqual(["clip-40000", 19.9]);
  expect(at(seen, 417)).toBeUndefined();
});

test("clips near each other share the space between them", () => {
  const seen = look(mark(40_000), mark(41_000));
  const moments = [384.11, 404, 405, 407, 426].map((x) => at(seen, x));
  expect(moments.map((one) => one?.[0])).toStrictEqual([
    "clip-40000",
    "clip-40000",
    "clip-40000",
    "clip-41000",
    "clip-41000",
  ]);
  const [first, , third, fourth, last] = moments.map((one) => one?.[1] ?? NaN);
  expect(first).toBe(0);
  expect(third).toBeGreaterThan(19);
  expect(fourth).toBeLessThan(2);
  expect(last).toBeGreaterThan(19);
});

test("a clip that is wide on the timeline has the times of the timeline", () => {
  const seen = look(mark(40_000, { duration: 301 }));
  seen.view = { from: 39_900, span: 864 };
  expect(at(seen, 99)).toBeUndefined();
  expect(at(seen, 250.5)).toStrictEqual(["clip-40000", 150]);
  seen.view = { from: 40_100, span: 864 };
  expect(at(seen, 50.5)).toStrictEqual(["clip-40000", 150]);
});

test("at the ends of the day, all moments of a clip are reached", () => {
  const seen = look(mark(0), mark(86_379));
  expect([at(seen, 0), at(seen, 864)]).toStrictEqual([
    ["clip-0", 0],
    ["clip-86379", 20],
  ]);
});

test("the nearest lane counts, also beside all lanes", () => {
  const day = {
    ...dayOf("2026-11-24"),
    marks: [mark(40_000), mark(40_001, { doorbell_id: "doorbell-2" })],
  };
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
  const seen = new DayLook(day, doorbells, "Europe/Berlin", new Set());
  seen.width = 864;
  const found = [-50, 40, seen.topOf(1) + 5, 400].map((y) => at(seen, 400, y)?.[0]);
  expect(found).toStrictEqual(["clip-40000", "clip-40000", "clip-40001", "clip-40001"]);
});

test("an empty day has no moments", () => {
  expect(at(look(), 400)).toBeUndefined();
});

const none = {
  strip: async () => ({ stills: [] }),
  still: () => Promise.reject(new Error("no picture")),
};

test("dragging shows clips and gaps, and lets go at the moment", () => {
  const scrub = new Scrub(new MomentPictures(none, () => undefined));
  const seen = look(mark(40_000));
  expect(scrub.to(seen, { x: 400.105, y: 20 })?.clip_id).toBe("clip-40000");
  expect(scrub.shown?.second).toBe(40_010);
  expect(scrub.to(seen, { x: 600, y: 20 })).toBeUndefined();
  expect([scrub.shown?.second, scrub.letGo()]).toStrictEqual([60_000, undefined]);
  scrub.to(seen, { x: 400.105, y: 20 });
  expect([scrub.letGo()?.at, scrub.shown]).toStrictEqual([10, undefined]);
});

test("far above or below the timeline nothing is selected", () => {
  const scrub = new Scrub(new MomentPictures(none, () => undefined));
  const seen = look(mark(40_000));
  scrub.to(seen, { x: 400, y: -90 });
  expect(scrub.shown?.moment).toBeDefined();
  scrub.to(seen, { x: 400, y: -100 });
  expect([scrub.shown, scrub.letGo()]).toStrictEqual([undefined, undefined]);
});
