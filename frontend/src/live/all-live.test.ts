import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { DoorwatchCard } from "../card/card.ts";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { firstLive, MOST_LIVE, needsOwnTap } from "./all-live.ts";

defineCameraStream();

test("one button shows all doorbells live, and ends that", async () => {
  const card = new DoorwatchCard();
  card.setConfig({ type: "custom:doorwatch-card" });
  card.hass = makeHass(new MockConnection("clips"), "clips");
  document.body.replaceChildren(card);
  const live = page.getByText("Live", { exact: true });
  await userEvent.click(page.getByRole("button", { name: "Show all live" }));
  await expect.poll(() => live.elements().length).toBe(2);
  // One of them can be ended separately.
  await userEvent.click(
    page.getByRole("button", { name: "End live view, Front door" }),
  );
  await expect.poll(() => live.elements().length).toBe(1);
  await userEvent.click(page.getByRole("button", { name: "End all live views" }));
  await expect.poll(() => live.elements().length).toBe(0);
});

test("at most four are live, those with WebRTC first", () => {
  const candidates = [1, 2, 3, 4, 5, 6].map((one) => ({ one, webRtc: one > 3 }));
  expect(firstLive(candidates, MOST_LIVE)).toStrictEqual([4, 5, 6, 1]);
});

test("doorbells on battery and with one connection wait for a tap of their own", async () => {
  const connection = new MockConnection("clips");
  connection.doors.tell({ live_problem: "asleep" }, 1);
  const card = new DoorwatchCard();
  card.setConfig({ type: "custom:doorwatch-card" });
  card.hass = makeHass(connection, "clips");
  document.body.replaceChildren(card);
  await userEvent.click(page.getByRole("button", { name: "Show all live" }));
  await expect
    .poll(() => page.getByText("Live", { exact: true }).elements().length)
    .toBe(1);
  expect(needsOwnTap(undefined)).toBe(false);
});
