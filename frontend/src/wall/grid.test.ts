import { expect, test } from "vitest";
import { gridOf } from "./grid.ts";

test("there is a place for each tile", () => {
  const grids = [0, 1, 2, 3, 4, 5, 8, 9].map((tiles) => {
    const { more, fewer } = gridOf(tiles);
    return [more, fewer];
  });
  expect(grids).toStrictEqual([
    [1, 1],
    [1, 1],
    [2, 1],
    [2, 2],
    [2, 2],
    [3, 2],
    [3, 3],
    [3, 3],
  ]);
});
