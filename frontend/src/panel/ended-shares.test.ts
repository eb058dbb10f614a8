import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { show, tabTo } from "../../mock/show.ts";
import { HomeFeed } from "../api/home-feed.ts";
import { EndedShares } from "./ended-shares.ts";

test("who shared it reads who ended it, until they have read it", async () => {
  const connection = new MockConnection("clips");
  const at = "2026-11-25T17:00:00+00:00";
  connection.endedShares = [
    { share_id: "s1", by: "Robin <b>", what: "withdrawn", at },
    { share_id: "s2", by: "Robin <b>", what: "stopped", at },
  ];
  const element = new EndedShares();
  const feed = new HomeFeed(() => (element.ended = feed.endedShares));
  element.feed = feed;
  show(element, connection);
  feed.start(connection);
  await expect
    .element(page.getByText(/^Robin <b> withdrew a clip that you shared/))
    .toBeVisible();
  await expect
    .element(page.getByText(/^Robin <b> stopped sending a clip that you shared/))
    .toBeVisible();
  await expect
    .element(page.getByRole("link", { name: "Shared clips" }).first())
    .toHaveAttribute("href", "/doorwatch/shared");
  const gotIt = page.getByRole("button", { name: "Got it" });
  await tabTo(gotIt.first());
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => gotIt.elements().length).toBe(1);
  expect(connection.endedShares.map(({ share_id }) => share_id)).toStrictEqual(["s2"]);
});
