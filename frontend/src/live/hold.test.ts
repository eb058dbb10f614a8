import { expect, test } from "vitest";
import { Hold } from "./hold.ts";

function hold(): { one: Hold; did: string[] } {
  const did: string[] = [];
  const one = new Hold(
    () => did.push("begin"),
    () => did.push("end"),
  );
  return { one, did };
}

test("a button that is held ends when it is let go of", () => {
  const { one, did } = hold();
  one.press(0);
  one.press(10); // a second finger
  one.release(2_000);
  one.release(2_001);
  expect(did).toStrictEqual(["begin", "end"]);
});

test("a tap stays until the next", () => {
  const { one, did } = hold();
  one.press(0);
  one.release(80);
  expect(did).toStrictEqual(["begin"]);
  expect(one.stays).toBe(true);
  one.press(5_000);
  expect(did).toStrictEqual(["begin", "end"]);
  one.release(9_000);
  expect(did).toStrictEqual(["begin", "end"]);
  expect(one.stays).toBe(false);
});

test("a hand that trembles taps once", () => {
  const { one, did } = hold();
  one.press(0);
  one.release(80);
  one.press(200);
  one.release(260);
  expect(did).toStrictEqual(["begin"]);
  expect(one.stays).toBe(true);
  one.press(1_000);
  expect(did).toStrictEqual(["begin", "end"]);
});

test("what is over meanwhile is not ended again", () => {
  const { one, did } = hold();
  one.press(0);
  one.drop();
  one.release(2_000);
  one.press(3_000);
  expect(did).toStrictEqual(["begin", "begin"]);
});
