import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Doorbell } from "../api/commands.ts";
import { FirstRun } from "./first-run.ts";

const DOORBELL: Doorbell = {
  doorbell_id: "doorbell-1",
  name: "Front door",
  camera_entity_id: "camera.doorbell_1",
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
};

function open(doorbells: Doorbell[], { admin = true, state = "clips" } = {}) {
  const element = new FirstRun();
  element.doorbells = doorbells;
  const connection = new MockConnection(state);
  const home = show(element, connection);
  const hass = makeHass(connection, state);
  home.provider.set({ ...hass, user: { id: "1", name: "Kim", is_admin: admin } });
  return connection;
}

const record = page.getByRole("button", { name: "Record a test clip" });

test("before the first doorbell one button opens the flow", async () => {
  open([]);
  await expect
    .element(page.getByRole("link", { name: "Add a doorbell" }))
    .toHaveAttribute("href", "/config/integrations/dashboard/add?domain=doorwatch");
});

test("who cannot add one reads who can", async () => {
  open([], { admin: false });
  await expect.element(page.getByText(/An administrator can add one/)).toBeVisible();
  expect(page.getByRole("link").query()).toBeNull();
});

test("before the first clip one can be recorded", async () => {
  const connection = open([DOORBELL]);
  await userEvent.click(record);
  await expectFocus(page.getByText(/Recording at Front door/));
  expect(connection.sent.at(-1)).toStrictEqual({
    type: "doorwatch/record",
    doorbell_id: "doorbell-1",
    duration: 10,
  });
});

test("nothing is offered that cannot be done", async () => {
  open([{ ...DOORBELL, records: false }]);
  await expect.element(page.getByText("No clips yet")).toBeVisible();
  expect(record.query()).toBeNull();
  open([{ ...DOORBELL, may_control: false }]);
  await expect.element(page.getByText("No clips yet")).toBeVisible();
  expect(record.query()).toBeNull();
});

const detect = page.getByRole("button", { name: "Look for motion in the video" });

test("without anything that detects motion one button turns it on", async () => {
  const connection = open([{ ...DOORBELL, detection: "off" }]);
  await expect.element(page.getByText("Nothing detects motion here")).toBeVisible();
  await expect.element(page.getByText(/Clips appear here/)).not.toBeInTheDocument();
  await userEvent.click(detect);
  await expectFocus(page.getByText(/Walk to your door/));
  expect(connection.sent.at(-1)).toStrictEqual({
    type: "doorwatch/detect_motion",
    doorbell_id: "doorbell-1",
  });
});

test("rings and calls are named if only they start clips", async () => {
  open([{ ...DOORBELL, detection: "called" }]);
  await expect.element(page.getByText("Nothing has been reported yet")).toBeVisible();
  await expect.element(detect).toBeVisible();
});

test("who cannot turn it on reads who can", async () => {
  open([{ ...DOORBELL, detection: "off" }], { admin: false });
  await expect
    .element(page.getByText(/An administrator can change that/))
    .toBeVisible();
  expect(detect.query()).toBeNull();
});

test("a doorbell that sleeps needs a sensor", async () => {
  open([{ ...DOORBELL, detection: "off", sleeps: true }]);
  await expect
    .element(page.getByRole("link", { name: "Choose a sensor for Front door" }))
    .toHaveAttribute("href", expect.stringContaining("config_entry=doorbell-1"));
});
