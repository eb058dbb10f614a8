import { afterEach, expect, test } from "vitest";
import { MockConnection } from "../../mock/hass.ts";
import { TODAY, type TodayPlace } from "./route.ts";
import { TodayFeeds } from "./today-feeds.ts";

let feeds: TodayFeeds;

afterEach(() => feeds.stop());

function make(state = "clips"): MockConnection {
  feeds = new TodayFeeds(
    () => undefined,
    () => undefined,
  );
  feeds.visit.begin({}, ["doorbell-1", "doorbell-2"]);
  return new MockConnection(state);
}

const asked = ({ sent }: MockConnection, type: string) =>
  sent.filter((one) => one.type === `doorwatch/clips/${type}`);

async function follow(connection: MockConnection, place: TodayPlace): Promise<void> {
  feeds.follow(connection, place);
  await expect.poll(() => feeds.clips.status).toBe("ready");
  await expect.poll(() => feeds.chips.status).toBe("ready");
}

test("the home is asked again only for another place", async () => {
  const connection = make();
  await follow(connection, TODAY);
  const before = connection.sent.length;
  // The live view of a notification's link is no other place.
  await follow(connection, { ...TODAY, live: true });
  expect(connection.sent).toHaveLength(before);
  expect(feeds.takeAnew()).toBe(false);
  await follow(connection, { ...TODAY, words: "gate" });
  expect(feeds.takeAnew()).toBe(true);
  expect(feeds.takeAnew()).toBe(false);
  // Chips depend on the doorbell only.
  expect(asked(connection, "facets")).toHaveLength(1);
  await follow(connection, { ...TODAY, doorbell: "doorbell-2" });
  expect(asked(connection, "facets")).toHaveLength(2);
});

test("a home without clips has nothing to filter", async () => {
  await follow(make("empty"), TODAY);
  expect(feeds.hasNone(TODAY)).toBe(true);
  expect(feeds.mayNarrow(TODAY)).toBe(false);
  const place = { ...TODAY, words: "gate" };
  expect([feeds.hasNone(place), feeds.mayNarrow(place)]).toStrictEqual([false, true]);
});
