/** Areas of an image: corners in percent from the top left. */

export type Corner = readonly [across: number, down: number];
export type Area = readonly Corner[];

export const MOST_AREAS = 20;
export const MOST_CORNERS = 50;
/** The minimum number of corners. */
export const FEWEST_CORNERS = 3;

const inside = (value: number): number =>
  Math.round(Math.min(100, Math.max(0, value)) * 10) / 10;

export const corner = (across: number, down: number): Corner => [
  inside(across),
  inside(down),
];

/** All four corners of a rectangle, from two opposite ones. */
export function rectangle(from: Corner, to: Corner): Area {
  const [left, right] = [from[0], to[0]].sort((a, b) => a - b) as [number, number];
  const [top, bottom] = [from[1], to[1]].sort((a, b) => a - b) as [number, number];
  return [
    corner(left, top),
    corner(right, top),
    corner(right, bottom),
    corner(left, bottom),
  ];
}

/** Convert from Home Assistant's format, in which two corners are a rectangle. */
export const fromStored = (areas: readonly (readonly number[])[][]): Area[] =>
  areas.map((area) => {
    const corners = area.map(([across = 0, down = 0]) => corner(across, down));
    const [from, to] = corners;
    return corners.length === 2 && from && to ? rectangle(from, to) : corners;
  });

const change = (
  areas: readonly Area[],
  index: number,
  how: (area: Area) => Area,
): Area[] => areas.map((area, each) => (each === index ? how(area) : area));

export const moveCorner = (
  areas: readonly Area[],
  area: number,
  which: number,
  to: Corner,
): Area[] =>
  change(areas, area, (corners) =>
    corners.map((one, index) => (index === which ? corner(...to) : one)),
  );

/** Add a corner halfway to the next one, without changing the shape. */
export const addCorner = (
  areas: readonly Area[],
  area: number,
  after: number,
): Area[] =>
  change(areas, area, (corners) => {
    const here = corners[after];
    const next = corners[(after + 1) % corners.length];
    if (!here || !next || corners.length >= MOST_CORNERS) return corners;
    return corners.toSpliced(
      after + 1,
      0,
      corner((here[0] + next[0]) / 2, (here[1] + next[1]) / 2),
    );
  });

export const removeCorner = (
  areas: readonly Area[],
  area: number,
  which: number,
): Area[] =>
  change(areas, area, (corners) =>
    corners.length > FEWEST_CORNERS ? corners.toSpliced(which, 1) : corners,
  );

export const removeArea = (areas: readonly Area[], area: number): Area[] =>
  areas.filter((_, index) => index !== area);

export const addArea = (areas: readonly Area[], area: Area): Area[] =>
  areas.length < MOST_AREAS ? [...areas, area] : [...areas];

/** A rectangle in the middle, shifted down for each existing area. */
export const newArea = (areas: readonly Area[]): Area => {
  const shift = (areas.length % 5) * 6;
  return rectangle([25 + shift, 30 + shift], [65 + shift, 70 + shift]);
};

/** The index of the topmost area at a point; -1 for none. */
export const areaAt = (areas: readonly Area[], [across, down]: Corner): number =>
  areas.findLastIndex((area) => {
    let within = false;
    area.forEach(([x, y], index) => {
      const [px, py] = area.at(index - 1) ?? [x, y];
      const crosses = y > down !== py > down;
      if (crosses && across < ((px - x) * (down - y)) / (py - y) + x) within = !within;
    });
    return within;
  });

const ARROWS: Record<string, Corner> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The position of a corner after an arrow key; undefined for other keys. */
export const stepped = (
  [across, down]: Corner,
  key: string,
  far: boolean,
): Corner | undefined => {
  const arrow = ARROWS[key];
  const step = far ? 10 : 1;
  return arrow && corner(across + arrow[0] * step, down + arrow[1] * step);
};
