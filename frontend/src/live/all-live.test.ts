import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { DoorwatchCard } from "../card/card.ts";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";

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
