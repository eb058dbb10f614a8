import { expect, test } from "vitest";
import { actionOf } from "./keys.ts";

const pressed = (key: string, change: KeyboardEventInit = {}) =>
  actionOf(new KeyboardEvent("keydown", { key, ...change }));

test("keys of players do what they do in players", () => {
  expect(["j", "k", "l", " ", "f", "m", ",", "."].map((key) => pressed(key))).toEqual([
    "far_back",
    "toggle",
    "far_ahead",
    "toggle",
    "full",
    "mute",
    "frame_back",
    "frame_ahead",
  ]);
  expect(pressed("ArrowLeft")).toBe("back");
  // With caps lock.
  expect(pressed("K")).toBe("toggle");
});

test("keys of the browser stay its own, and a held key does not switch back", () => {
  expect(pressed("f", { ctrlKey: true })).toBeUndefined();
  expect(pressed("ArrowLeft", { altKey: true })).toBeUndefined();
  expect(pressed(" ", { repeat: true })).toBeUndefined();
  expect(pressed(".", { repeat: true })).toBe("frame_ahead");
});
