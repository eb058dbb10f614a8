import { expect, test } from "vitest";
import { Lazy } from "./lazy.ts";

const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

test("a part is fetched once, when it is first wanted", async () => {
  let fetched = 0;
  let told = 0;
  const part = new Lazy(
    async () => void (fetched += 1),
    () => (told += 1),
  );
  expect([part.state, fetched]).toStrictEqual(["absent", 0]);
  part.want();
  expect(part.want().state).toBe("coming");
  await settle();
  expect([part.want().state, fetched, told]).toStrictEqual(["there", 1, 1]);
});

test("a part that an update took away is said to be missing", async () => {
  const part = new Lazy(
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => undefined,
  );
  part.want();
  await settle();
  expect(part.state).toBe("missing");
});
