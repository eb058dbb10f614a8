import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { ClipTile } from "./clip-tile.ts";

const link = page.getByRole("link");

test("a clip says what it is in one name, and leads to its page", async () => {
  const element = new ClipTile();
  element.clip = clip(0, { started_at: "2026-01-24T12:03:05Z", protected: true });
  element.doorbell = "Front door";
  const connection = new MockConnection("clips");
  const home = show(element, connection);
  await expect
    .element(link)
    .toHaveAccessibleName(
      /^Ring 0:25 Protected Saturday, January 24, 13:03:05 Front door$/,
    );
  await expect.element(link).toHaveAttribute("href", "/doorwatch/clip/clip-0");
  const hass = makeHass(connection, "clips");
  home.provider.set({ ...hass, locale: { language: "en", time_format: "12" } });
  await expect.element(page.getByText(/ 1:03:05 PM/)).toBeVisible();
});

test("what a name holds is text", async () => {
  const element = new ClipTile();
  element.clip = clip(0, { clip_id: "../<b>" });
  element.doorbell = "<img src=x onerror=alert(1)>";
  show(element);
  await expect.element(page.getByText("<img src=x")).toBeVisible();
  await expect.element(link).toHaveAttribute("href", "/doorwatch/clip/..%2F%3Cb%3E");
});

test("what a protected clip says has room however long its words are", async () => {
  const element = new ClipTile();
  element.style.width = "120px";
  element.clip = clip(1, { event: "motion", protected: true });
  element.doorbell = "Front door";
  show(element);
  await expect.element(page.getByText("Person")).toBeVisible();
  const room = link.element().getBoundingClientRect();
  const icons = element.shadowRoot?.querySelectorAll(".what .icon") ?? [];
  expect(icons).toHaveLength(2);
  for (const each of icons)
    expect(each.getBoundingClientRect().right).toBeLessThanOrEqual(room.right);
});
