import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PictureQueue } from "./pictures.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Request turns; `granted` collects the numbers of those granted. */
function asked(queue: PictureQueue, count: number) {
  const begun: number[] = [];
  const turns = Array.from({ length: count }, (_, number) => {
    const control = new AbortController();
    const done = queue.turn(control.signal);
    done.then(
      () => begun.push(number),
      () => undefined,
    );
    return { done, giveUp: () => control.abort() };
  });
  return { begun, turns };
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test("the first pictures are fetched at once, a few at a time", async () => {
  const { begun, turns } = asked(new PictureQueue(), 6);
  await settled();
  expect(begun).toStrictEqual([0, 1, 2, 3]);
  (await turns[1]?.done)?.();
  await settled();
  expect(begun).toStrictEqual([0, 1, 2, 3, 4]);
});

test("what went by before its turn is not fetched, and takes no place", async () => {
  const { begun, turns } = asked(new PictureQueue(), 7);
  turns[4]?.giveUp();
  await expect(turns[4]?.done).rejects.toThrow();
  for (const number of [0, 1]) (await turns[number]?.done)?.();
  await settled();
  expect(begun).toStrictEqual([0, 1, 2, 3, 5, 6]);
});

test("nothing is fetched while much goes by, and all that stays once it is slow", async () => {
  const queue = new PictureQueue();
  const hurry = (): void => queue.scrolled(0.2);
  hurry();
  hurry();
  const { begun, turns } = asked(queue, 3);
  turns[0]?.giveUp();
  for (let each = 0; each < 20; each += 1) {
    await vi.advanceTimersByTimeAsync(20);
    hurry();
  }
  expect(begun).toStrictEqual([]);
  await vi.runAllTimersAsync();
  expect(begun).toStrictEqual([1, 2]);
});

test("who scrolls slowly waits for nothing", async () => {
  const queue = new PictureQueue();
  for (let each = 0; each < 20; each += 1) {
    queue.scrolled(0.01);
    await vi.advanceTimersByTimeAsync(20);
  }
  const { begun } = asked(queue, 1);
  await settled();
  expect(begun).toStrictEqual([0]);
});

test("what waits until nothing goes by fast is told then, unless it was taken back", async () => {
  const queue = new PictureQueue();
  const done: string[] = [];
  queue.whenCalm(() => done.push("at once"));
  queue.scrolled(0.4);
  queue.whenCalm(() => done.push("later"));
  const letBe = queue.whenCalm(() => done.push("never"));
  letBe();
  expect(done).toStrictEqual(["at once"]);
  await vi.runAllTimersAsync();
  expect(done).toStrictEqual(["at once", "later"]);
});
