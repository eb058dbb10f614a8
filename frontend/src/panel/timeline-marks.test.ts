import { expect, test } from "vitest";
import { dayOf } from "../../mock/days.ts";
import type { Mark } from "../api/commands.ts";
import {
  drawn,
  heightOf,
  laneHeight,
  pick,
  topOf,
  type Layout,
} from "./timeline-marks.ts";
import { whole } from "./timeline-scale.ts";

const HOUR = 3_600;
const LAYOUT: Layout = {
  view: whole(86_400),
  width: 864, // 100 seconds a pixel
  laneOf: (id) => (id === "a" ? 0 : 1),
  lanes: 2,
  rem: 14,
  shared: new Set(),
};

const mark = (at: number, change: Partial<Mark> = {}): Mark => ({
  clip_id: `clip-${at}`,
  doorbell_id: "a",
  at,
  duration: 25,
  kinds: ["motion"],
  labels: [],
  protected: false,
  ...change,
});

const shapes = (path: string): number => path.split("z").length - 1;

test("each kind has its shape, and a clip of two kinds has both", () => {
  const { ring, motion, manual, by_hand } = drawn(
    [
      mark(HOUR, { kinds: ["ring", "motion"] }),
      mark(4 * HOUR),
      mark(8 * HOUR, { kinds: ["manual"] }),
      mark(12 * HOUR, { kinds: ["motion", "manual"] }),
    ],
    LAYOUT,
  );
  expect(shapes(ring)).toBe(2); // head and stem
  expect(shapes(motion)).toBe(3);
  expect(shapes(manual)).toBe(4);
  expect(shapes(by_hand)).toBe(1);
});

test("what would lie on one another becomes one, in its own lane only", () => {
  const close = [mark(0), mark(200), mark(350), mark(400, { doorbell_id: "b" })];
  expect(shapes(drawn(close, LAYOUT).motion)).toBe(2);
  const rings = close.map((one) => ({ ...one, kinds: ["ring"] }));
  expect(shapes(drawn(rings, LAYOUT).ring)).toBe(4);
});

test("a clip that was shared and is protected bears both signs", () => {
  const shared = new Set(["clip-0", "clip-36000"]);
  const signs = drawn(
    [mark(0, { protected: true }), mark(10 * HOUR), mark(20 * HOUR)],
    { ...LAYOUT, shared },
  );
  expect(shapes(signs.protected)).toBe(2); // body and shackle
  expect(shapes(signs.shared)).toBe(2);
});

test("thousands of clips of a day are few shapes", () => {
  const { marks } = dayOf("2026-11-24", { count: 3_000, doorbells: ["a", "b"] });
  for (const path of Object.values(drawn(marks, LAYOUT)))
    expect(shapes(path)).toBeLessThan(600);
});

test("what is not seen is not drawn", () => {
  const view = { from: 10 * HOUR, span: HOUR };
  expect(drawn([mark(HOUR), mark(20 * HOUR)], { ...LAYOUT, view }).motion).toBe("");
});

test("the clip that is pointed at is the nearest one in its lane", () => {
  const marks = [mark(0), mark(5_000), mark(5_000, { doorbell_id: "b", clip_id: "b" })];
  const at = (x: number, lane: number): string | undefined =>
    pick(marks, LAYOUT, { x, y: topOf(lane, LAYOUT) + laneHeight(LAYOUT) / 2 })?.mark
      .clip_id;
  expect(at(2, 0)).toBe("clip-0");
  expect(at(48, 0)).toBe("clip-5000");
  expect(at(48, 1)).toBe("b");
  expect(pick([], LAYOUT, { x: 0, y: 0 })).toBeUndefined();
});

test("of clips in one place a ring is meant, and the others are counted", () => {
  const marks = [mark(5_000), mark(5_200, { kinds: ["ring"] }), mark(5_300)];
  const picked = pick(marks, LAYOUT, { x: 50, y: topOf(0, LAYOUT) + 10 });
  expect(picked?.mark.kinds).toStrictEqual(["ring"]);
  expect(picked?.others).toBe(2);
});

test("how far a clip is away tells whether it is meant", () => {
  const place = { x: 90, y: topOf(0, LAYOUT) + 10 };
  expect(pick([mark(5_000, { duration: 0 })], LAYOUT, place)?.distance).toBe(40);
  expect(pick([mark(5_000, { duration: 9_000 })], LAYOUT, place)?.distance).toBe(0);
});

test("one lane needs no room for a name", () => {
  expect(topOf(0, { lanes: 1, rem: 14 })).toBe(0);
  expect(heightOf({ lanes: 1, rem: 14 })).toBe(laneHeight({ lanes: 1, rem: 14 }));
  expect(topOf(0, LAYOUT)).toBeGreaterThan(0);
});

test("the room for a name grows with its letters", () => {
  expect(topOf(0, { lanes: 2, rem: 28 })).toBe(2 * topOf(0, LAYOUT));
});

test("many lanes are small, with their names inside", () => {
  const all = { lanes: 8, rem: 14 };
  expect(topOf(0, all)).toBe(0);
  expect(heightOf(all)).toBeLessThan(250);
  expect(laneHeight({ lanes: 8, rem: 28 })).toBeGreaterThanOrEqual(36);
});
