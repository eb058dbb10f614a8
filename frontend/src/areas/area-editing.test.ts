import { expect, test } from "vitest";
import { AreaEditing, type Selected } from "./area-editing.ts";
import { MOST_AREAS, rectangle } from "./areas.ts";

function editing() {
  const focused: (Selected | undefined)[] = [];
  const areas = new AreaEditing({
    changed: () => undefined,
    focus: (selected) => focused.push(selected),
  });
  areas.start([rectangle([10, 10], [50, 50])]);
  return { areas, focused };
}

test("an area that is drawn is added, selected and announced", () => {
  const { areas } = editing();
  areas.drawing([
    [60, 60],
    [70, 70],
  ]);
  expect(areas.outline).toHaveLength(4);
  areas.drawing(undefined);
  expect(areas.outline).toBeUndefined();
  areas.drawn([60, 60], [90, 90]);
  expect(areas.areas).toHaveLength(2);
  expect(areas.selected).toStrictEqual({ area: 1, corner: 0 });
  expect(areas.said?.key).toBe("added");
  expect(areas.isUnsaved).toBe(true);
  areas.saved(areas.areas);
  expect(areas.isUnsaved).toBe(false);
});

test("a corner moves with the finger, and is announced where it is dropped", () => {
  const { areas } = editing();
  areas.taken("0-2");
  areas.dragged("0-2", [70, 80]);
  areas.dropped("0-2");
  expect(areas.areas[0]?.[2]).toStrictEqual([70, 80]);
  expect(areas.said).toStrictEqual({
    key: "corner_at",
    values: { area: 1, corner: 3, across: 70, down: 80 },
  });
});

test("keys move the focused corner, or remove it", () => {
  const { areas, focused } = editing();
  const at = { area: 0, corner: 1 };
  expect(areas.press("ArrowRight", true, at)).toBe(true);
  expect(areas.areas[0]?.[1]).toStrictEqual([60, 10]);
  expect(areas.press("x", false, at)).toBe(false);
  expect(areas.press("Delete", false, at)).toBe(true);
  expect(areas.areas[0]).toHaveLength(3);
  expect(focused).toStrictEqual([{ area: 0, corner: 0 }]);
  // A triangle keeps its corners.
  areas.press("Backspace", false, at);
  expect(areas.areas[0]).toHaveLength(3);
});

test("buttons add and remove, and the focus follows", () => {
  const { areas, focused } = editing();
  areas.add();
  areas.addCorner();
  expect(areas.areas[1]).toHaveLength(5);
  areas.removeArea();
  expect(areas.areas).toHaveLength(1);
  expect(areas.selected).toBeUndefined();
  expect(focused).toStrictEqual([
    { area: 1, corner: 0 },
    { area: 1, corner: 1 },
    undefined,
  ]);
});

test("a tap selects the area below it, or none", () => {
  const { areas } = editing();
  areas.tapped([20, 20]);
  expect(areas.selected).toStrictEqual({ area: 0, corner: 0 });
  areas.tapped([90, 90]);
  expect(areas.selected).toBeUndefined();
});

test("there is a most of areas", () => {
  const { areas } = editing();
  for (let each = 0; each <= MOST_AREAS; each += 1) areas.drawn([0, 0], [9, 9]);
  expect(areas.areas).toHaveLength(MOST_AREAS);
});
