import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show, type MockHome } from "../../mock/show.ts";
import { ClipTile } from "./clip-tile.ts";

function tile(change: Parameters<typeof clip>[1] = {}): {
  element: ClipTile;
  home: MockHome;
  connection: MockConnection;
} {
  const element = new ClipTile();
  element.clip = clip(0, { started_at: "2026-11-24T12:03:05Z", ...change });
  element.doorbell = "Front door";
  const connection = new MockConnection("clips");
  return { element, connection, home: show(element, connection) };
}

const button = (name: string) => page.getByRole("button", { name });

test("a clip says what it is, and what can be done with it", async () => {
  tile();
  await expect
    .element(button("Play: Ring at 13:03:05, 0:25, Front door"))
    .toBeVisible();
  await expect
    .element(button("Share the clip of 13:03:05 with an agency"))
    .toBeVisible();
  await expect.element(button("Delete the clip of 13:03:05")).toBeVisible();
});

test("what somebody may not do is not offered", async () => {
  tile({ may_control: false, may_share: false });
  await expect.element(button("Play")).toBeVisible();
  expect(page.getByRole("button").elements().length).toBe(1);
});

test("a press is told with the clip that it is about", async () => {
  const { element } = tile();
  const told = vi.fn<(event: Event) => void>();
  for (const name of ["play", "protect", "delete", "share"])
    element.addEventListener(`clip-${name}`, told);
  for (const name of ["Play", "Protect the clip", "Delete the clip", "Share the clip"])
    await userEvent.click(button(name));
  const events = told.mock.calls.map(([event]) => event as CustomEvent<unknown>);
  expect(events.map(({ type }) => type)).toStrictEqual([
    "clip-play",
    "clip-protect",
    "clip-delete",
    "clip-share",
  ]);
  for (const { detail } of events) expect(detail).toBe(element.clip);
});

test("playing begins with a fresh link, and the focus goes to the way back", async () => {
  const { element, connection } = tile();
  element.addEventListener("clip-play", () => (element.playing = true));
  await userEvent.click(button("Play"));
  await expectFocus(button("Close the video"));
  expect(connection.sent[0]).toStrictEqual({
    type: "doorwatch/clips/link",
    clip_id: "clip-0",
  });
});

test("what the home changes reaches it: the clock, and that it is gone", async () => {
  const { home, connection } = tile();
  await expect.element(page.getByText("13:03:05", { exact: true })).toBeVisible();
  const hass = makeHass(connection, "clips");
  home.provider.set({
    ...hass,
    connected: false,
    locale: { language: "en", time_format: "12" },
  });
  await expect.element(page.getByText("01:03:05 PM", { exact: true })).toBeVisible();
  await expect.element(button("Delete the clip")).toBeDisabled();
});
