import { expect, test, vi } from "vitest";
import { Saver } from "./saver.ts";

test("changes in a row are kept once, the last one", async () => {
  const sent: string[] = [];
  const saver = new Saver(
    "",
    async (value) => (sent.push(value), value),
    () => undefined,
  );
  for (const value of ["a", "ab", "abc"]) saver.change(value);
  expect(saver.value).toBe("abc");
  await expect.poll(() => saver.saved).toBe(true);
  expect(sent).toStrictEqual(["abc"]);
});

test("what cannot be kept is taken back, and said", async () => {
  const changed = vi.fn();
  const saver = new Saver<string>(
    "before",
    async () => {
      throw { code: "not_allowed", message: "" };
    },
    changed,
  );
  saver.change("after");
  await saver.flush();
  expect(saver.value).toBe("before");
  expect(saver.failure?.code).toBe("not_allowed");
  expect(changed).toHaveBeenCalledTimes(2);
});

test("what is changed while the home keeps something is kept after it", async () => {
  const sent: string[] = [];
  let go: (value: string) => void = () => undefined;
  const saver = new Saver<string>(
    "",
    async (value) => {
      sent.push(value);
      return new Promise((resolve) => (go = resolve));
    },
    () => undefined,
  );
  saver.change("a");
  const first = saver.flush();
  saver.change("b");
  const second = saver.flush();
  go("a");
  await first;
  expect(saver.value).toBe("b");
  await expect.poll(() => sent).toStrictEqual(["a", "b"]);
  go("b");
  await second;
  expect([saver.value, saver.saved]).toStrictEqual(["b", true]);
});
