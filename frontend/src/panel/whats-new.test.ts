import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { show, tabTo } from "../../mock/show.ts";
import { HomeFeed } from "../api/home-feed.ts";
import { newSince, WhatsNew } from "./whats-new.ts";

const told = () => page.getByRole("region", { name: "What’s new in Doorwatch" });
const gotIt = () => page.getByRole("button", { name: "Got it" });

async function open(news: string | null): Promise<[MockConnection, WhatsNew]> {
  const connection = new MockConnection("clips");
  connection.news = news;
  const element = new WhatsNew();
  const feed = new HomeFeed(() => (element.told = feed.news));
  element.feed = feed;
  show(element, connection);
  feed.start(connection);
  await expect.poll(() => feed.status).toBe("ready");
  await element.updateComplete;
  return [connection, element];
}

const marks = ({ sent }: MockConnection) =>
  sent.filter(({ type }) => type === "doorwatch/seen/mark");

test("who was here before an update is told what is new, once", async () => {
  const [connection, element] = await open("0.1.0");
  await expect.element(told().getByRole("listitem").first()).toBeInTheDocument();
  expect(told().getByRole("listitem").elements()).toHaveLength(5);
  await expect
    .element(told().getByRole("link", { name: "All changes" }))
    .toHaveAttribute("href", expect.stringContaining("CHANGELOG.md"));
  let read = false;
  element.addEventListener("news-read", () => (read = true));
  await tabTo(gotIt());
  await userEvent.keyboard("{Enter}");
  await expect.element(told()).not.toBeInTheDocument();
  expect(read).toBe(true);
  expect(marks(connection)).toHaveLength(1);
  // Also on another device.
  expect(connection.news).not.toBe("0.1.0");
  await open(connection.news);
  expect(told().query()).toBeNull();
});

test("who is new here is told nothing, and what comes later", async () => {
  const [connection] = await open(null);
  expect(told().query()).toBeNull();
  await expect.poll(() => marks(connection)).toHaveLength(1);
  expect(newSince(String(connection.news))).toStrictEqual([]);
});

test("who knows it all already is told nothing", async () => {
  const [connection] = await open("999.0.0");
  expect(told().query()).toBeNull();
  expect(marks(connection)).toStrictEqual([]);
});

test("after several versions the latest lines are told, those of the newest first", () => {
  const news = [
    { version: "0.10.0", lines: ["a", "b", "c"] },
    { version: "0.9.1", lines: [] },
    { version: "0.9.0", lines: ["d", "e", "f"] },
    { version: "0.8.0", lines: ["g"] },
  ];
  expect(newSince("0.2.0", news)).toStrictEqual(["a", "b", "c", "d", "e"]);
  expect(newSince("0.9.0", news)).toStrictEqual(["a", "b", "c"]);
  expect(newSince("0.9.1", news)).toStrictEqual(["a", "b", "c"]);
  expect(newSince("0.10.0", news)).toStrictEqual([]);
  expect(newSince("1.0.0", news)).toStrictEqual([]);
});
