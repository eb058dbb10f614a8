import { expect, test, vi } from "vitest";
import { MockConnection } from "../../mock/hass.ts";
import type { Wishes } from "../api/commands.ts";
import { ALL } from "./levels.ts";
import { MyNotices } from "./my-notices.ts";

async function open() {
  const connection = new MockConnection("clips");
  const kept: Wishes[] = [];
  const changed = vi.fn();
  const mine = new MyNotices(async (wishes) => (kept.push(wishes), wishes), changed);
  await mine.load(connection);
  return { connection, mine, kept, changed };
}

test("a change is added to the others, and an hour can be taken back", async () => {
  const { mine, kept } = await open();
  mine.wish({ on: true });
  mine.wishHour("18:30");
  await mine.saver?.flush();
  mine.wishHour("");
  await mine.saver?.flush();
  expect(kept).toStrictEqual([{ on: true, house_at: "18:30" }, { on: true }]);
});

test("a test that failed is noted for its phone", async () => {
  const { connection, mine } = await open();
  await mine.test(connection, "phone-1");
  await mine.test(connection, "phone-2");
  expect(mine.tested.get("phone-1")).toBe("sent");
  expect(mine.tested.get("phone-2")).toMatchObject({ code: "phone_failed" });
});

test("a snooze changes nothing else on the page", async () => {
  const { connection, mine } = await open();
  mine.wish({ pause: 30 });
  await mine.snooze(connection, ALL, 30);
  expect(Object.keys(mine.notices?.snoozed ?? {})).toStrictEqual([ALL]);
  expect(mine.wishes).toStrictEqual({ pause: 30 });
});
