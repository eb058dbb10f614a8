import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MomentPictures } from "./timeline-pictures.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function pictures() {
  const asked: string[] = [];
  const state = {
    fails: false,
    changes: 0,
    holds: undefined as Promise<void> | undefined,
    holdsStrip: undefined as Promise<void> | undefined,
  };
  const made = new MomentPictures(
    {
      strip: async (clipId) => {
        asked.push(clipId);
        await state.holdsStrip;
        if (state.fails) throw new Error("no picture");
        return {
          stills: [0, 5, 10].map((at) => ({ at, picture: `${clipId} small ${at}` })),
        };
      },
      still: async (clipId, at) => {
        asked.push(`${clipId} ${at}`);
        await state.holds;
        if (state.fails) throw new Error("no picture");
        return { at, picture: `${clipId} large ${at}` };
      },
    },
    () => (state.changes += 1),
  );
  return { made, asked, state };
}

const pass = (time: number): Promise<unknown> => vi.advanceTimersByTimeAsync(time);

test("clips that the pointer passes are not fetched", async () => {
  const { made, asked } = pictures();
  for (const clipId of ["a", "b", "c"]) {
    made.look({ clipId, at: 0 });
    await pass(50);
  }
  made.look(undefined);
  await pass(1_000);
  expect(asked).toStrictEqual([]);
});

test("within a clip, its small pictures follow without further requests", async () => {
  const { made, asked, state } = pictures();
  made.look({ clipId: "a", at: 0 });
  await pass(100);
  expect([made.current, state.changes]).toStrictEqual(["a small 0", 1]);
  for (let at = 1; at <= 12; at += 1) {
    made.look({ clipId: "a", at });
    await pass(50);
  }
  expect(made.current).toBe("a small 10");
  expect(asked).toStrictEqual(["a"]);
});

test("a moment on which the pointer rests gets a large picture", async () => {
  const { made, asked } = pictures();
  made.look({ clipId: "a", at: 7 });
  await pass(300);
  expect(made.current).toBe("a large 7");
  made.look({ clipId: "a", at: 8 });
  expect(made.current).toBe("a small 5");
  expect(asked).toStrictEqual(["a", "a 7"]);
});

test("one large picture is fetched at a time, then that of the last moment", async () => {
  const { made, asked, state } = pictures();
  let arrive = (): void => undefined;
  state.holds = new Promise((done) => (arrive = done));
  for (const at of [1, 2, 3]) {
    made.look({ clipId: "a", at });
    await pass(300);
  }
  expect(asked).toStrictEqual(["a", "a 1"]);
  arrive();
  await pass(0);
  expect([made.current, asked.at(-1)]).toStrictEqual(["a large 3", "a 3"]);
});

test("the small pictures of one clip are fetched at a time, then those of the last", async () => {
  const { made, asked, state } = pictures();
  let arrive = (): void => undefined;
  state.holdsStrip = new Promise((done) => (arrive = done));
  for (const clipId of ["a", "b", "c"]) {
    made.look({ clipId, at: 0 });
    await pass(100);
  }
  expect(asked).toStrictEqual(["a"]);
  arrive();
  await pass(0);
  expect([made.current, asked]).toStrictEqual(["c small 0", ["a", "c"]]);
  made.look({ clipId: "a", at: 0 });
  await pass(100);
  expect([made.current, asked.length]).toStrictEqual(["a small 0", 2]);
});

test("nothing more is fetched for a pointer that left or only passes", async () => {
  const { made, asked, state } = pictures();
  let arrive = (): void => undefined;
  state.holdsStrip = new Promise((done) => (arrive = done));
  made.look({ clipId: "a", at: 0 });
  await pass(100);
  made.look({ clipId: "b", at: 0 });
  await pass(50);
  arrive();
  await pass(0);
  expect(asked).toStrictEqual(["a"]);
  made.look(undefined);
  await pass(1_000);
  expect(asked).toStrictEqual(["a"]);
});

test("what failed is tried again at the next visit", async () => {
  const { made, asked, state } = pictures();
  state.fails = true;
  made.look({ clipId: "a", at: 1 });
  await pass(300);
  expect(made.current).toBeUndefined();
  state.fails = false;
  made.look(undefined);
  made.look({ clipId: "a", at: 1 });
  await pass(100);
  expect(made.current).toBe("a small 0");
  expect(asked.filter((one) => one === "a")).toHaveLength(2);
});

test("the pictures of few clips are kept", async () => {
  const { made, asked } = pictures();
  const visit = async (clipId: string): Promise<void> => {
    made.look({ clipId, at: 0 });
    await pass(100);
  };
  for (let index = 0; index < 13; index += 1) await visit(`clip-${index}`);
  await visit("clip-5");
  expect(asked).toHaveLength(13);
  await visit("clip-0");
  expect(asked).toHaveLength(14);
});
