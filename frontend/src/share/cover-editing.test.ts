import { expect, test } from "vitest";
import { rectangle } from "../areas/areas.ts";
import { CoverEditing, type Grip } from "./cover-editing.ts";
import { MOST_COVERS, newCover, placeOf, type Cover } from "./covers.ts";

function editing() {
  const edited: (readonly Cover[])[] = [];
  const focused: (Grip | undefined)[] = [];
  const images: { still: unknown } = { still: {} };
  const covers = new CoverEditing(images, {
    changed: () => undefined,
    edited: (all) => edited.push(all),
    focus: (grip) => focused.push(grip),
  });
  covers.covers = [newCover(rectangle([10, 10], [30, 30]))];
  const place = (index = 0): Record<string, number> =>
    placeOf(covers.covers[index]?.area ?? []);
  return { covers, edited, focused, images, place };
}

test("nothing is covered before there is an image", () => {
  const { covers, images } = editing();
  expect([covers.isReady, covers.canAdd]).toStrictEqual([true, true]);
  images.still = undefined;
  expect([covers.isReady, covers.canAdd]).toStrictEqual([false, false]);
});

test("an area that is drawn is added, announced, and has the focus", () => {
  const { covers, edited, focused } = editing();
  covers.drawn([90, 90], [60, 60]);
  expect(edited.at(-1)).toHaveLength(2);
  expect(covers.said).toStrictEqual({
    key: "added",
    values: { area: 2, left: 60, top: 60, width: 30, height: 30 },
  });
  expect(focused).toStrictEqual([{ index: 1 }]);
});

test("a whole area is dragged from where it was grabbed", () => {
  const { covers, place } = editing();
  covers.taken("0-all", [20, 20]);
  covers.dragged("0-all", [25, 40]);
  covers.dragged("0-all", [50, 60]);
  covers.dropped("0-all");
  expect(place()).toStrictEqual({ left: 40, top: 50, width: 20, height: 20 });
  expect(covers.said?.key).toBe("place");
});

test("a corner resizes it, and the opposite corner stays", () => {
  const { covers, place } = editing();
  covers.taken("0-2", [30, 30]);
  covers.dragged("0-2", [50, 40]);
  expect(place()).toStrictEqual({ left: 10, top: 10, width: 40, height: 30 });
});

test("keys move a whole area or a corner, and remove the area", () => {
  const { covers, focused, place } = editing();
  expect(covers.press("ArrowRight", true, { index: 0 })).toBe(true);
  expect(place()).toMatchObject({ left: 20, width: 20 });
  expect(covers.press("ArrowDown", false, { index: 0, corner: 2 })).toBe(true);
  expect(place()).toMatchObject({ top: 10, height: 21 });
  expect(covers.press("x", false, { index: 0 })).toBe(false);
  expect(covers.press("Delete", false, { index: 0, corner: 1 })).toBe(true);
  expect([covers.covers, covers.selected]).toStrictEqual([[], undefined]);
  expect(focused).toStrictEqual([undefined]);
});

test("a tap selects the area below it, or none", () => {
  const { covers } = editing();
  covers.tapped([20, 20]);
  expect(covers.selected).toBe(0);
  covers.tapped([80, 80]);
  expect(covers.selected).toBeUndefined();
});

test("the first area with invalid times is selected", () => {
  const { covers } = editing();
  covers.add();
  covers.alter(1, { always: false, start: "9", end: "3" });
  covers.selectMistake(20);
  expect(covers.selected).toBe(1);
});

test("there is a most of areas", () => {
  const { covers } = editing();
  for (let each = 0; each <= MOST_COVERS; each += 1) covers.add();
  expect(covers.covers).toHaveLength(MOST_COVERS);
  expect(covers.canAdd).toBe(false);
});
