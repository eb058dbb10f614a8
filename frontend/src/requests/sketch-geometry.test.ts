import { expect, test } from "vitest";
import { HEIGHT, sketchOf, WIDTH, type Sketch } from "./sketch-geometry.ts";

const METRIC = { language: "en" };

/** A square around a position, with this width in meters. */
function square(longitude: number, latitude: number, metres: number): number[][] {
  const up = metres / 2 / 111_195;
  const across = up / Math.cos((latitude * Math.PI) / 180);
  const turned = (east: number): number => ((longitude + east + 540) % 360) - 180;
  const corners = [
    [turned(-across), latitude - up],
    [turned(across), latitude - up],
    [turned(across), latitude + up],
    [turned(-across), latitude + up],
  ];
  return [...corners, corners[0] ?? []];
}
const door = (longitude: number, latitude: number, name = "Front door") => ({
  doorbell_id: name,
  name,
  longitude,
  latitude,
});
const area = (...rings: number[][][]) => [rings];
const sketch = (...asked: Parameters<typeof sketchOf>): Sketch => {
  const found = sketchOf(...asked);
  if (!found) throw new Error("Nothing is drawn");
  return found;
};
/** All coordinates of the paths. */
const drawn = ({ paths }: Sketch): number[] =>
  paths.flatMap((path) => path.match(/-?[\d.]+/g) ?? []).map(Number);

test("an area is drawn within the picture, with its holes", () => {
  const found = sketch(
    area(square(4.9, 52.37, 400), square(4.9, 52.37, 100)),
    [],
    METRIC,
  );
  expect(found.paths.length).toBe(1);
  expect(found.paths[0]?.match(/M/g)?.length).toBe(2);
  for (const [index, value] of drawn(found).entries()) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(index % 2 === 0 ? WIDTH : HEIGHT);
  }
  expect(found.across).toBeCloseTo(400, 0);
  expect(found.up).toBeCloseTo(400, 0);
  expect(found.middle.latitude).toBeCloseTo(52.37, 6);
  expect(found.middle.longitude).toBeCloseTo(4.9, 6);
});

test("what lies north and east is drawn at the top and to the right", () => {
  const found = sketch(area(square(4.9, 52.37, 400)), [door(4.901, 52.371)], METRIC);
  const [place] = found.doors;
  expect(place?.x).toBeGreaterThan(WIDTH / 2);
  expect(place?.y).toBeLessThan(HEIGHT / 2);
  expect(place?.wind).toBe("ne");
  expect(place?.metres).toBeCloseTo(130.4, 0);
});

test.each([
  ["e", 0.001, 0],
  ["n", 0, 0.001],
  ["w", -0.001, 0],
  ["sw", -0.001, -0.0006],
  ["s", 0, -0.001],
] as const)("a door in the %s of the area is said to be there", (wind, east, north) => {
  const [place] = sketch(
    area(square(4.9, 52.37, 900)),
    [door(4.9 + east, 52.37 + north)],
    METRIC,
  ).doors;
  expect(place?.wind).toBe(wind);
});

test("doors at one place are one mark", () => {
  const doors = [
    door(4.9, 52.37),
    door(4.9, 52.37, "Gate"),
    door(4.902, 52.37, "Garage"),
  ];
  const places = sketch(area(square(4.9, 52.37, 400)), doors, METRIC).doors;
  expect(places.map(({ names }) => names)).toStrictEqual([
    ["Front door", "Gate"],
    ["Garage"],
  ]);
});

test("a door beside the area is within the picture too", () => {
  const found = sketch(area(square(4.9, 52.37, 100)), [door(4.905, 52.37)], METRIC);
  expect(found.doors[0]?.x).toBeLessThanOrEqual(WIDTH);
  expect(found.across).toBeCloseTo(100, 0);
});

test("an area on the date line is one, cut in two or not", () => {
  const whole = sketch(area(square(180, -17, 300)), [door(-179.9995, -17)], METRIC);
  expect(whole.across).toBeCloseTo(300, 0);
  expect(whole.doors[0]?.wind).toBe("e");
  const halves = [[square(179.9993, -17, 150)], [square(-179.9993, -17, 150)]];
  const cut = sketch(halves, [], METRIC);
  expect(cut.paths.length).toBe(2);
  expect(cut.across).toBeCloseTo(299, 0);
  expect(Math.abs(cut.middle.longitude)).toBeCloseTo(180, 4);
});

test("an area around a pole is drawn like all others", () => {
  const ring = [0, 90, 180, -90, 0].map((longitude) => [longitude, 89.999]);
  const found = sketch(area(ring), [door(45, 89.9995)], METRIC);
  expect(found.across).toBeCloseTo(222.4, 0);
  expect(found.middle.latitude).toBeCloseTo(90, 6);
  expect(drawn(found).every(Number.isFinite)).toBe(true);
});

test("a tiny area is not blown up beyond what is known", () => {
  const found = sketch(area(square(4.9, 52.37, 0.5)), [], METRIC);
  expect(found.scale.metres).toBe(10);
  expect(found.scale.length).toBeGreaterThan(50);
});

test.each([
  [METRIC, 400, 200],
  [METRIC, 90, 50],
  [METRIC, 5_000, 2_000],
  [{ language: "en", miles: true }, 400, 200 * 0.9144],
  [{ language: "en", miles: true }, 9_000, 2 * 1609.344],
])("the scale is a round length in the unit of the home", (locale, wide, metres) => {
  const { scale } = sketch(area(square(4.9, 52.37, wide)), [], locale);
  expect(scale.metres).toBeCloseTo(metres, 3);
  expect(scale.length).toBeLessThanOrEqual(96);
  expect(scale.length).toBeGreaterThan(30);
});

test("what is no area, and what reaches around the Earth, is not drawn", () => {
  expect(sketchOf([], [], METRIC)).toBeUndefined();
  expect(sketchOf([[[]]], [], METRIC)).toBeUndefined();
  const wide = [-120, 0, 120, -120].map((longitude) => [longitude, 10]);
  expect(sketchOf(area(wide), [], METRIC)).toBeUndefined();
  expect(sketchOf([[[[NaN, 1]]]], [], METRIC)).toBeUndefined();
});
