import { afterEach, expect, test } from "vitest";
import { clip, MockConnection } from "../../mock/hass.ts";
import { deleteClip } from "../api/commands.ts";
import { ChipFeed } from "./chip-feed.ts";

const now = new Date().toISOString();
const seen = { "doorbell-1": now, "doorbell-2": now };
const feeds: ChipFeed[] = [];
afterEach(() => feeds.splice(0).forEach((feed) => feed.stop()));

function follow(state: string, doorbell?: string) {
  const connection = new MockConnection(state);
  const feed = new ChipFeed(() => undefined);
  feeds.push(feed);
  feed.start(connection, doorbell, seen);
  const asked = () =>
    connection.sent.filter((one) => one.type.startsWith("doorwatch/clips/")).length;
  return { connection, feed, asked };
}

test("only chips that lead to a clip are there", async () => {
  const { feed } = follow("clips");
  await expect
    .poll(() => feed.chips)
    .toStrictEqual([
      "ring",
      "motion",
      "manual",
      "person",
      "vehicle",
      "animal",
      "package",
      "protected",
      "shared",
    ]);
  const { feed: none } = follow("empty");
  await expect.poll(() => none.status).toBe("ready");
  expect(none.chips).toStrictEqual([]);
});

test("the home is asked what there is, and once what is new", async () => {
  const { feed, asked } = follow("clips");
  await expect.poll(() => feed.status).toBe("ready");
  // One of them is subscribed to clips.
  expect(asked()).toBe(3);
});

test("a chip comes with the first clip that it leads to, and goes with the last", async () => {
  const { connection, feed } = follow("clips", "doorbell-2");
  await expect.poll(() => feed.status).toBe("ready");
  expect(feed.chips).not.toContain("manual");
  const wished = clip(2, {
    clip_id: "wished",
    kinds: ["manual"],
    started_at: new Date(Date.now() + 1_000).toISOString(),
  });
  connection.save(wished);
  await expect
    .poll(() => feed.chips)
    .toEqual(expect.arrayContaining(["new", "manual"]));
  await deleteClip(connection, "wished");
  await expect.poll(() => feed.chips).not.toContain("manual");
});
