import { expect, test } from "vitest";
import type { Still } from "../api/commands.ts";
import { ClipStills } from "./clip-stills.ts";

function stills() {
  const asked: number[] = [];
  let answer: (still: Still) => void = () => undefined;
  const images = new ClipStills(
    (at) => {
      asked.push(at);
      return at < 0
        ? Promise.reject(new Error("no image"))
        : new Promise((resolve) => (answer = resolve));
    },
    () => undefined,
  );
  return { asked, images, answer: (still: Still) => answer(still) };
}

const still = (at: number): Still => ({ at, picture: `data:${at}` });

test("who drags a slider gets the first image and the last, not all between", async () => {
  const { asked, images, answer } = stills();
  void images.look(1);
  for (const at of [2, 3, 4]) void images.look(at);
  expect([images.at, asked]).toStrictEqual([4, [1]]);
  answer(still(1));
  await expect.poll(() => asked).toStrictEqual([1, 4]);
  answer(still(4));
  await expect.poll(() => images.still?.at).toBe(4);
  expect(asked).toHaveLength(2);
});

test("the last image stays when the next one can't be loaded", async () => {
  const { images, answer } = stills();
  const first = images.look(1);
  answer(still(1));
  await first;
  await images.look(-1);
  expect(images.still?.at).toBe(1);
  expect(images.failure).toBeDefined();
});

test("nothing is loaded for an editor that is gone", async () => {
  const { asked, images, answer } = stills();
  const first = images.look(1);
  void images.look(2);
  images.stop();
  answer(still(1));
  await first;
  expect(asked).toStrictEqual([1]);
});
