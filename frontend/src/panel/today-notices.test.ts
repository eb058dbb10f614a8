import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { HomeFeed } from "../api/home-feed.ts";
import { Hint } from "./notices-hint.ts";
import { TodayNotices } from "./today-notices.ts";

beforeEach(() => localStorage.clear());

async function open(
  change: Partial<TodayNotices> = {},
  prepare: (connection: MockConnection) => void = () => undefined,
): Promise<TodayNotices> {
  const connection = new MockConnection("clips");
  prepare(connection);
  const element = new TodayNotices();
  const feed = new HomeFeed(() => {
    Object.assign(element, { ended: feed.endedShares, told: feed.news });
  });
  const hint = new Hint(() => undefined);
  Object.assign(element, { feed, hint }, change);
  show(element, connection);
  feed.start(connection);
  await hint.look(makeHass(connection, "clips"));
  await expect.poll(() => feed.status).toBe("ready");
  await element.updateComplete;
  return element;
}

const FUTURE = { future: 2, future_day: "2999-12-31" };
const line = () => page.getByRole("button", { expanded: false });

test("without notices there is no line", async () => {
  const element = await open();
  expect(element.getBoundingClientRect().height).toBe(0);
});

test("a single notice is shown as it is", async () => {
  await open({ future: FUTURE });
  await expect
    .element(page.getByRole("link", { name: /^2 clips have a time in the future/ }))
    .toHaveAttribute("href", "/doorwatch?day=2999-12-31");
  expect(line().elements()).toStrictEqual([]);
});

test("several notices are one line, which counts them and expands", async () => {
  const element = await open({ future: FUTURE, hinted: true }, (connection) => {
    connection.news = "0.1.0";
  });
  await expect.element(line()).toHaveAccessibleName(/in the future.*3 notices$/);
  expect(element.getBoundingClientRect().height).toBeLessThanOrEqual(50);
  await userEvent.click(line());
  await expect.element(page.getByRole("button", { name: "3 notices" })).toBeVisible();
  await expect.element(page.getByRole("link", { name: /^2 clips have/ })).toBeVisible();
  await expect.element(page.getByRole("listitem").first()).toBeVisible();
  await expect.element(page.getByRole("link", { name: /^Get notified/ })).toBeVisible();
});

test("who read a notice goes on at the others, and then at the clips", async () => {
  const element = await open({}, (connection) => {
    connection.news = "0.1.0";
    connection.endedShares = [
      { share_id: "s1", by: "Robin", what: "withdrawn", at: "2026-11-25T17:00:00Z" },
    ];
  });
  await expect.element(line()).toHaveAccessibleName(/^Robin withdrew.*2 notices$/);
  await userEvent.click(line());
  const gotIt = page.getByRole("button", { name: "Got it" });
  await userEvent.click(gotIt.first());
  await expectFocus(page.getByRole("button", { name: "1 notice" }));
  let read = false;
  element.addEventListener("notices-read", () => (read = true));
  await userEvent.click(gotIt);
  await expect.poll(() => read).toBe(true);
  expect(element.getBoundingClientRect().height).toBe(0);
});
