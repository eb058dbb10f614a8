import { expect, test } from "vitest";
import { clipAddress, doorbellIn, positionIn } from "./clip-address.ts";

test("a neighbor is in the same list", () => {
  expect(clipAddress("clip/1", "?doorbell=front")).toBe(
    "/doorwatch/clip/clip%2F1?doorbell=front",
  );
  expect(doorbellIn("?doorbell=front")).toBe("front");
  expect(doorbellIn("")).toBeUndefined();
});

test("a link may lead to a position in the clip", () => {
  expect(positionIn("#t=12.5")).toBe(12.5);
  expect(positionIn("#t=soon")).toBe(0);
  expect(positionIn("")).toBe(0);
});
