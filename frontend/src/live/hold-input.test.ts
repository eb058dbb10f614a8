import { expect, test } from "vitest";
import { Hold } from "./hold.ts";
import { HoldInput } from "./hold-input.ts";

function pressed() {
  const did: string[] = [];
  const hold = new Hold(
    () => did.push("begin"),
    () => did.push("end"),
  );
  const input = new HoldInput(hold, () => did.push("gone"));
  return { did, hold, input };
}

const at = <Type extends Event>(event: Type, timeStamp: number): Type =>
  Object.defineProperty(event, "timeStamp", { value: timeStamp });
const key = (type: string, at_: number, init: KeyboardEventInit = {}): KeyboardEvent =>
  at(new KeyboardEvent(type, { key: " ", cancelable: true, ...init }), at_);

test("a key is held until it is released; repeats are not presses", () => {
  const { did, input } = pressed();
  const first = key("keydown", 0);
  input.key(first);
  input.key(key("keydown", 500, { repeat: true }));
  input.key(key("keyup", 900));
  expect(did).toStrictEqual(["begin", "end"]);
  // Otherwise the browser would click, too.
  expect(first.defaultPrevented).toBe(true);
  input.key(key("keydown", 2_000, { key: "a" }));
  expect(did).toHaveLength(2);
});

test("a click without a press is a tap, and one after a press is nothing", () => {
  const { did, hold, input } = pressed();
  input.click(at(new MouseEvent("click", { detail: 1 }), 0));
  expect(did).toStrictEqual([]);
  input.click(at(new MouseEvent("click"), 0));
  expect([did, hold.stays]).toStrictEqual([["begin"], true]);
});

test("a finger or focus that leaves ends what is held, not what is latched", () => {
  const { did, hold, input } = pressed();
  hold.press(0);
  input.cancel();
  expect(did).toStrictEqual(["begin", "gone"]);
  hold.release(100);
  input.cancel();
  expect(did).toStrictEqual(["begin", "gone"]);
});
