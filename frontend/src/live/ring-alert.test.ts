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
  await expect.element(page.getByRole("searchbox")).toBeVisible();
  return connection;
}

const ring = (connection: MockConnection, door = 0): void =>
  connection.doors.tell({ rang_at: new Date().toISOString() }, door);
const region = (name: string) =>
  page.getByRole("region", { name: `The bell rings at ${name}` });
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
    .element(page.getByRole("alert").filter({ hasText: "The bell rings" }))
    .toHaveTextContent(/^The bell rings at Front door \d\d:\d\d/);
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
  const search = page.getByRole("searchbox");
  await userEvent.type(search, "at ni");
  ring(connection);
  await expect.element(region("Front door")).toBeVisible();
  await userEvent.keyboard("ght");
  await expectFocus(search);
  await expect.element(search).toHaveValue("at night");
  // Escape is the field's own; a press elsewhere leaves them in it.
  await userEvent.keyboard("{Escape}");
  await expect.element(region("Front door")).toBeVisible();
  await userEvent.click(notNow("Front door"));
  await expect.element(region("Front door")).not.toBeInTheDocument();
  await expectFocus(search);
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

test("an open dialog stays in front, and Escape ends it first", async () => {
  const connection = await panel();
  await userEvent.click(page.getByRole("button", { name: /choose another day/i }));
  const calendar = page.getByRole("dialog");
  await expect.element(calendar).toBeVisible();
  ring(connection);
  await expect.poll(sections).toHaveLength(1);
  await userEvent.keyboard("{Escape}");
  await expect.element(calendar).not.toBeInTheDocument();
  expect(sections()).toHaveLength(1);
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
  // It has the focus of nobody who moved there.
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
