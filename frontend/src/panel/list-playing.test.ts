import { expect, test } from "vitest";
import { ListPlaying } from "./list-playing.ts";

const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

function playing(fetch: () => Promise<unknown> = async () => undefined) {
  const opened: string[] = [];
  const told = { fetched: 0, changes: 0 };
  const list = new ListPlaying({
    fetch: () => {
      told.fetched += 1;
      return fetch();
    },
    changed: () => (told.changes += 1),
    open: (clipId) => opened.push(clipId),
  });
  return { list, opened, told };
}

test("a press starts a clip, pauses it, and continues; the player is fetched once", async () => {
  const { list, told } = playing();
  expect([list.of("a"), told.fetched]).toStrictEqual([undefined, 0]);
  list.press("a");
  expect(list.of("a")).toBe("plays");
  await settle();
  list.press("a");
  expect(list.of("a")).toBe("paused");
  list.press("a");
  expect([list.of("a"), told.fetched]).toStrictEqual(["plays", 1]);
});

test("a second clip ends the first", () => {
  const { list } = playing();
  list.press("a");
  list.press("a");
  list.press("b");
  expect([list.of("a"), list.of("b")]).toStrictEqual([undefined, "plays"]);
});

test("an ended player changes nothing for the next clip", () => {
  const { list, told } = playing();
  list.press("a");
  list.press("b");
  const { changes } = told;
  list.tell("a", "paused");
  expect([list.end("a"), list.of("b"), told.changes]).toStrictEqual([
    false,
    "plays",
    changes,
  ]);
  expect([list.end(), list.clipId, list.end()]).toStrictEqual([true, undefined, false]);
});

test("the state follows the video", () => {
  const { list, told } = playing();
  list.press("a");
  const { changes } = told;
  list.tell("a", "plays");
  expect(told.changes).toBe(changes);
  list.tell("a", "paused");
  expect([list.of("a"), told.changes]).toStrictEqual(["paused", changes + 1]);
});

test("a clip that cannot be played here is opened", () => {
  const { list, opened } = playing();
  list.press("a");
  list.openInstead("b");
  expect(opened).toStrictEqual([]);
  list.openInstead("a");
  expect([opened, list.clipId]).toStrictEqual([["a"], undefined]);
});

test("without the player, a clip is opened, too", async () => {
  const { list, opened } = playing(() => Promise.reject(new TypeError("gone")));
  list.press("a");
  await settle();
  expect(opened).toStrictEqual(["a"]);
  list.press("b");
  expect([opened, list.clipId]).toStrictEqual([["a", "b"], undefined]);
});
