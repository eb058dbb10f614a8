import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus } from "../../mock/show.ts";
import { DoorwatchPanel } from "../panel/panel.ts";

defineCameraStream();

async function panel(): Promise<MockConnection> {
  history.replaceState(null, "", "/doorwatch");
  const connection = new MockConnection("clips");
  const element = new DoorwatchPanel();
  element.hass = makeHass(connection, "clips");
  document.body.replaceChildren(element);
  await expect.element(page.getByRole("button", { name: "Search" })).toBeVisible();
  return connection;
}

const ring = (connection: MockConnection, door = 0): void =>
  connection.doors.tell({ rang_at: new Date().toISOString() }, door);
const region = (name: string) =>
  page.getByRole("region", { name: `Someone is ringing at ${name}` });
const notNow = (name: string) => page.getByRole("button", { name: `Not now: ${name}` });
const sections = (): HTMLElement[] => [
  ...(document
    .querySelector("doorwatch-panel")
    ?.renderRoot.querySelector("doorwatch-ring-alert")
    ?.renderRoot.querySelectorAll("section") ?? []),
];

test("when it rings, it is live in front, with talk, and has the focus", async () => {
  const connection = await panel();
  ring(connection);
  await expect.element(region("Front door").getByText("Live")).toBeVisible();
  await expect
    .element(page.getByRole("alert").filter({ hasText: "Someone is ringing" }))
    .toHaveTextContent(/^Someone is ringing at Front door \d\d:\d\d/);
  await expectFocus(region("Front door").getByRole("heading"));
  await expect
    .element(
      region("Front door").getByRole("button", { name: "Hold to talk (Front door)" }),
    )
    .toBeVisible();
  await userEvent.click(notNow("Front door"));
  await expect.element(region("Front door")).not.toBeInTheDocument();
});

test("who types goes on typing, and hears of it", async () => {
  const connection = await panel();
  await userEvent.click(page.getByRole("button", { name: "Search" }));
  const search = page.getByRole("searchbox");
  await userEvent.type(search, "at ni");
  ring(connection);
  await expect.element(region("Front door")).toBeVisible();
  await userEvent.keyboard("ght");
  await expectFocus(search);
  await expect.element(search).toHaveValue("at night");
  // The field handles Escape; a click elsewhere leaves the focus where it is.
  await userEvent.keyboard("{Escape}");
  await expect.element(region("Front door")).toBeVisible();
  await userEvent.click(notNow("Front door"));
  await expect.element(region("Front door")).not.toBeInTheDocument();
  await expectFocus(page.getByRole("button", { name: "Search" }));
});

test("who is at anything else stays there, and Escape ends the ring from there", async () => {
  const connection = await panel();
  const more = page.getByRole("button", { name: "More pages" });
  (more.element() as HTMLElement).focus();
  ring(connection);
  await expect.element(region("Front door")).toBeVisible();
  await expectFocus(more);
  await userEvent.keyboard("{Escape}");
  await expect.element(region("Front door")).not.toBeInTheDocument();
  await expectFocus(more);
});

/** Whether a click at this point reaches the alert. */
const inFront = (): boolean => {
  const [section] = sections();
  const { left = 0, top = 0 } = section?.getBoundingClientRect() ?? {};
  let at = document.elementFromPoint(left + 8, top + 8);
  while (at?.shadowRoot?.elementFromPoint(left + 8, top + 8))
    at = at.shadowRoot.elementFromPoint(left + 8, top + 8);
  return at === section;
};

test("an open dialog gives way to it, and is as it was afterwards", async () => {
  const connection = await panel();
  await userEvent.click(page.getByRole("button", { name: /choose another day/i }));
  const calendar = page.getByRole("dialog", { name: /day/i });
  await expect.element(calendar).toBeVisible();
  const close = calendar.getByRole("button", { name: "Close" });
  (close.element() as HTMLElement).focus();
  ring(connection);
  await expect.poll(inFront).toBe(true);
  await expectFocus(region("Front door").getByRole("heading"));
  // A key that was pressed before has no effect here.
  await userEvent.keyboard("{Enter}");
  await expect.element(region("Front door")).toBeVisible();
  ring(connection, 1);
  await expect.element(region("Garden gate")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await expect.element(region("Front door")).not.toBeInTheDocument();
  await userEvent.click(notNow("Garden gate"));
  await expect.poll(sections).toHaveLength(0);
  await expect.element(calendar).toBeVisible();
  await expectFocus(close);
  await userEvent.keyboard("{Escape}");
  await expect.element(calendar).not.toBeInTheDocument();
});

test("it comes in front of a doorbell that fills the screen", async () => {
  const connection = await panel();
  await userEvent.click(page.getByRole("button", { name: /^Front door: open live/ }));
  await userEvent.click(page.getByRole("button", { name: "Full screen, Front door" }));
  await expect.poll(() => document.fullscreenElement).not.toBeNull();
  ring(connection, 1);
  await expect.poll(inFront).toBe(true);
  await userEvent.click(notNow("Garden gate"));
  await expect.poll(sections).toHaveLength(0);
  await document.exitFullscreen();
});

test("the doorbell of a ring that fills the screen gives way to another ring", async () => {
  const connection = await panel();
  ring(connection);
  await userEvent.click(
    region("Front door").getByRole("button", { name: "Full screen, Front door" }),
  );
  await expect.poll(() => document.fullscreenElement).not.toBeNull();
  ring(connection, 1);
  await expect.poll(() => document.fullscreenElement).toBeNull();
  await expect.poll(inFront).toBe(true);
  await expect.element(region("Garden gate").getByText("Live")).toBeVisible();
  await expect.element(region("Front door").getByText("Live")).toBeVisible();
});

test("a press that was on its way is not taken, and nobody who is gone keeps it", async () => {
  const connection = await panel();
  const real = Date.now;
  await userEvent.hover(page.getByRole("button", { name: "More pages" }));
  ring(connection);
  await expect.poll(sections).toHaveLength(1);
  const section = sections()[0] ?? document.body;
  const presses = (): string => getComputedStyle(section).pointerEvents;
  const arrival = section
    .getAnimations()
    .find((one) => one instanceof CSSAnimation && one.animationName === "let-through");
  if (arrival) arrival.currentTime = 0;
  arrival?.pause();
  expect(presses()).toBe("none");
  arrival?.finish();
  expect(presses()).toBe("auto");
  // It does not keep the focus unless the user moved it there.
  await expectFocus(region("Front door").getByRole("heading"));
  try {
    Date.now = () => real() + 100_000;
    await expect.poll(sections, { timeout: 5_000 }).toHaveLength(0);
  } finally {
    Date.now = real;
  }
});

test("several ring at once: each is live, and Escape goes from one to the next", async () => {
  const connection = await panel();
  ring(connection, 0);
  await expectFocus(region("Front door").getByRole("heading"));
  ring(connection, 1);
  await expect.element(region("Garden gate").getByText("Live")).toBeVisible();
  await expect.element(region("Front door").getByText("Live")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await userEvent.keyboard("{Escape}");
  await expect.element(region("Garden gate")).not.toBeInTheDocument();
  await expect.element(region("Front door")).not.toBeInTheDocument();
});

const SIZES = [
  [390, 844],
  [844, 390],
  [820, 1180],
  [1280, 800],
] as const;

test("beside a clip, a ring is one line above its controls, and one tap from live", async () => {
  for (const [width, height] of SIZES) {
    await page.viewport(width, height);
    const connection = await panel();
    history.replaceState(null, "", "/doorwatch/clip/clip-1");
    window.dispatchEvent(new CustomEvent("location-changed"));
    await expect.element(page.getByRole("button", { name: "Older" })).toBeVisible();
    await expect.element(page.getByRole("slider")).toBeVisible();
    ring(connection);
    const live = region("Front door").getByRole("button", {
      name: "Live, Front door",
    });
    await expect.element(live).toBeVisible();
    expect(document.querySelector("doorwatch-still")).toBeNull();
    const bottom = sections()[0]?.getBoundingClientRect().bottom ?? Infinity;
    for (const name of ["Older", "Newer", "Play", "Share with an agency"]) {
      const control = page.getByRole("button", { name, exact: true });
      expect(control.element().getBoundingClientRect().top).toBeGreaterThan(bottom);
    }
    await userEvent.click(live);
    await expect.element(region("Front door").getByText("Live")).toBeVisible();
    await expectFocus(region("Front door").getByRole("heading"));
    await userEvent.keyboard("{Escape}");
    await expect.element(region("Front door")).not.toBeInTheDocument();
  }
});
