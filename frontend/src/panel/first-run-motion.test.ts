import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeConnection } from "../api/fake-connection.ts";
import { MotionFeed } from "./first-run-motion.ts";

const MOTION = { boxes: [[10, 20, 30, 40]], changed: 40, threshold: 10 };
const COMMAND = "doorwatch/motion/subscribe";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("a region is marked when the picture shows it", async () => {
  const connection = new FakeConnection();
  const feed = new MotionFeed(
    () => undefined,
    () => 5_000,
  );
  feed.watch(connection, "doorbell-1");
  await vi.advanceTimersByTimeAsync(0);
  connection.last(COMMAND).send(MOTION);
  vi.advanceTimersByTime(4_999);
  expect(feed.last).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(feed.last).toStrictEqual(MOTION);
});

test("what is seen is shown until somebody may have moved on", async () => {
  const connection = new FakeConnection();
  const feed = new MotionFeed(
    () => undefined,
    () => undefined,
  );
  feed.watch(connection, "doorbell-1");
  feed.watch(connection, "doorbell-1");
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.last(COMMAND).message).toMatchObject({ doorbell_id: "doorbell-1" });
  connection.last(COMMAND).send(MOTION);
  vi.advanceTimersByTime(0);
  expect(feed.last).toStrictEqual(MOTION);
  vi.advanceTimersByTime(3_000);
  expect(feed.last).toBeUndefined();
});

test("nothing is asked for any more when nobody watches", async () => {
  const connection = new FakeConnection();
  const feed = new MotionFeed(
    () => undefined,
    () => undefined,
  );
  feed.watch(connection, "doorbell-1");
  await vi.advanceTimersByTimeAsync(0);
  connection.last(COMMAND).send(MOTION);
  const subscription = connection.last(COMMAND);
  feed.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(subscription.unsubscribed).toBe(true);
  expect(feed.last).toBeUndefined();
  subscription.send(MOTION);
  vi.advanceTimersByTime(0);
  expect(feed.last).toBeUndefined();
});
