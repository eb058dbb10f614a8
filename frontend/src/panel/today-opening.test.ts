import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Opening } from "./today-opening.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const NONE = { home: false, clips: false, chips: false, day: false, hint: false };
const ALL = { home: true, clips: true, chips: true, day: true, hint: true };

test("the page opens once all of its parts are loaded, and stays open", () => {
  const opening = new Opening(() => undefined);
  opening.know({ ...NONE, home: true });
  expect([opening.hasHome, opening.isDone]).toStrictEqual([true, false]);
  opening.know({ ...ALL, day: false });
  expect(opening.isDone).toBe(false);
  opening.know({ ...NONE, day: true });
  expect(opening.isDone).toBe(true);
  opening.know(NONE);
  expect(opening.isDone).toBe(true);
});

test("a part that does not come holds up the others only for a while", () => {
  const changed = vi.fn();
  const opening = new Opening(changed);
  opening.know({ ...ALL, hint: false });
  vi.advanceTimersByTime(60_000);
  expect(opening.isDone).toBe(true);
  expect(changed).toHaveBeenCalledOnce();
});

test("nothing is shown before the doorbells are known", () => {
  const opening = new Opening(() => undefined);
  opening.know({ ...ALL, home: false });
  vi.advanceTimersByTime(60_000);
  expect(opening.isDone).toBe(false);
});
