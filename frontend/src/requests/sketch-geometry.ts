/**
 * Projects an area to a plane around its center, so that the date line and the poles need no
 * special cases.
 */

import type { Door } from "../api/commands.ts";
import { lengthUnit, type Locale } from "../i18n/format.ts";

export const WIDTH = 320;
export const HEIGHT = 200;
/** Margins of the drawing; the scale is in the lower one. */
const MARGIN = 30;
/** The maximum length of the scale. */
const LONGEST_SCALE = 96;
/** Doors closer than this in the drawing are one mark. */
const TOGETHER = 8;
/** Minimum extent, because positions are not more exact. */
const SMALLEST = 20; // m
/** Maximum extent, because the projection is inaccurate beyond it. */
const FARTHEST = 200_000; // m
const EARTH = 6_371_008.8; // m, mean radius

/** Longitude and latitude in degrees. */
type Position = readonly number[];
type Polygon = readonly (readonly Position[])[];
/** Meters to the east and north of the center, or coordinates of the drawing. */
type Place = readonly [number, number];
type Vector = readonly [number, number, number];

export const WINDS = ["e", "ne", "n", "nw", "w", "sw", "s", "se"] as const;

export interface DoorPlace {
  names: string[];
  x: number;
  y: number;
  /** Distance and direction from the center of the area. */
  metres: number;
  wind: (typeof WINDS)[number];
}

export interface Sketch {
  /** A path for each part of the area, including its holes. */
  paths: string[];
  doors: DoorPlace[];
  /** The extent in meters. */
  across: number;
  up: number;
  /** A round length, and its length in the drawing. */
  scale: { metres: number; length: number };
  /** In degrees. */
  middle: { latitude: number; longitude: number };
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (angle: number): number => (angle * 180) / Math.PI;

function vector([longitude = NaN, latitude = NaN]: Position): Vector {
  const [east, north] = [radians(longitude), radians(latitude)];
  return [
    Math.cos(north) * Math.cos(east),
    Math.cos(north) * Math.sin(east),
    Math.sin(north),
  ];
}

/** Return the projection around the center of these corners. */
function viewFrom(corners: readonly Position[]): {
  place: (position: Position) => Place | undefined;
  position: (place: Place) => { latitude: number; longitude: number };
} {
  const sum = corners
    .map(vector)
    .reduce<Vector>(([a, b, c], [x, y, z]) => [a + x, b + y, c + z], [0, 0, 0]);
  const length = Math.hypot(...sum);
  const [x, y, z] = sum.map((part) => part / length) as unknown as Vector;
  const flat = Math.hypot(x, y);
  const [cos, sin] = flat === 0 ? [1, 0] : [x / flat, y / flat];
  return {
    place: (position) => {
      const [a, b, c] = vector(position);
      const east = EARTH * (b * cos - a * sin);
      const north = EARTH * (c * flat - z * (a * cos + b * sin));
      const near = a * x + b * y + c * z > 0 && Math.hypot(east, north) < FARTHEST;
      return near ? [east, north] : undefined;
    },
    position: ([east, north]) => {
      const up = Math.sqrt(Math.max(0, 1 - (east * east + north * north) / EARTH ** 2));
      const out = up * flat - (north / EARTH) * z;
      return {
        latitude: degrees(Math.asin(up * z + (north / EARTH) * flat)),
        longitude: degrees(
          Math.atan2(
            out * sin + (east / EARTH) * cos,
            out * cos - (east / EARTH) * sin,
          ),
        ),
      };
    },
  };
}

/** The largest of 1, 2 or 5 times a power of ten that is not longer. */
function round(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  const leading = [5, 2, 1].find((one) => one * power <= longest) ?? 1;
  return leading * power;
}

/** The drawing of an area and doors; undefined if there is no valid area. */
export function sketchOf(
  area: readonly Polygon[],
  doors: readonly Door[],
  locale: Locale,
): Sketch | undefined {
  const corners = area.flat(2);
  if (corners.length === 0) return undefined;
  const view = viewFrom(corners);
  const drawn = area.map((polygon) => polygon.map((ring) => ring.map(view.place)));
  const places = drawn.flat(2).filter((one) => one !== undefined);
  if (places.length < corners.length) return undefined;
  const at = doors.flatMap((door) => {
    const place = view.place([door.longitude, door.latitude]);
    return place ? [{ name: door.name, place }] : [];
  });
  const size = extent(places);
  const frame = extent([...places, ...at.map(({ place }) => place)]);
  const perMetre = Math.min(
    (WIDTH - 2 * MARGIN) / Math.max(SMALLEST, frame.across),
    (HEIGHT - 2 * MARGIN) / Math.max(SMALLEST, frame.up),
  );
  const put = ([east, north]: Place): Place => [
    WIDTH / 2 + (east - frame.middle[0]) * perMetre,
    HEIGHT / 2 - (north - frame.middle[1]) * perMetre,
  ];
  const longest = LONGEST_SCALE / perMetre;
  const unit = lengthUnit(longest, locale);
  const metres = round(longest / unit.metres) * unit.metres;
  return {
    paths: drawn.map((polygon) =>
      polygon
        .map(
          (ring) =>
            `M${ring.flatMap((one) => (one ? [pair(put(one))] : [])).join("L")}Z`,
        )
        .join(""),
    ),
    doors: together(
      at.map(({ name, place }) => ({
        name,
        from: size.middle,
        place,
        drawn: put(place),
      })),
    ),
    across: size.across,
    up: size.up,
    scale: { metres, length: metres * perMetre },
    middle: view.position(size.middle),
  };
}

const pair = ([x, y]: Place): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

function extent(places: readonly Place[]): {
  across: number;
  up: number;
  middle: Place;
} {
  const bounds = (axis: 0 | 1): [number, number] => {
    const values = places.map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [west, east] = bounds(0);
  const [south, north] = bounds(1);
  return {
    across: east - west,
    up: north - south,
    middle: [(west + east) / 2, (south + north) / 2],
  };
}

function together(
  doors: readonly { name: string; from: Place; place: Place; drawn: Place }[],
): DoorPlace[] {
  const found: DoorPlace[] = [];
  for (const { name, from, place, drawn } of doors) {
    const [x, y] = drawn;
    const there = found.find((one) => Math.hypot(one.x - x, one.y - y) < TOGETHER);
    if (there) {
      there.names.push(name);
      continue;
    }
    const [east, north] = [place[0] - from[0], place[1] - from[1]];
    const eighths = Math.round((Math.atan2(north, east) / Math.PI) * 4);
    const wind = WINDS[(eighths + WINDS.length) % WINDS.length] ?? "n";
    found.push({ names: [name], x, y, metres: Math.hypot(east, north), wind });
  }
  return found;
}
