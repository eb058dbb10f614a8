import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import type { Doorbell } from "../api/commands.ts";
import { SettingsPage } from "./settings-page.ts";

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

function open(state = "clips"): void {
  const element = new SettingsPage();
  element.doorbells = [DOORBELL];
  show(element, new MockConnection(state));
}

test("the rules of the home stand there in words", async () => {
  open();
  const kept =
    "Rings: 90 days. Clips with a vehicle: 7 days. Manual recordings: as long as there" +
    " is free space. All other clips: 30 days. A clip with several of these is kept for" +
    " the longest time. At most 50 GB. Clips with motion only are deleted first, then" +
    " the oldest.";
  await expect.element(page.getByText(kept)).toBeVisible();
  await expect
    .element(page.getByText("302 clips take up 2.9 GB. 81 GB is free."))
    .toBeVisible();
  await expect.element(page.getByText("Administrators, Robin Example")).toBeVisible();
  await expect.element(page.getByText("Required for every share")).toBeVisible();
  await expect.element(page.getByText("Doorwatch 0.1.0")).toBeVisible();
});

test("a doorbell that keeps clips otherwise says so, and no other", async () => {
  open();
  const rules =
    "Its clips have their own rules. Rings: 60 days. All other clips: 14 days.";
  await expect.element(page.getByText(rules, { exact: true })).toBeVisible();
  expect(page.getByText("have their own rules").elements()).toHaveLength(1);
});

test("each leads to where it is changed", async () => {
  open();
  const to = async (name: string, address: string): Promise<void> => {
    const link = page.getByRole("link", { name, exact: true });
    await expect.element(link).toHaveAttribute("href", address);
  };
  const integration = "/config/integrations/integration/doorwatch";
  const household = `${integration}#config_entry=household`;
  await to("Change storage", household);
  await to("Change who can share", household);
  await to("Detect motion at Garden gate", `${integration}#config_entry=doorbell-2`);
  await to("Edit Front door", `${integration}#config_entry=doorbell-1`);
  await to("Edit County Sheriff", `${integration}#config_entry=agency-3`);
  await to("Manage agencies and groups", integration);
  await to("Device page of Front door", "/config/devices/device/device-1");
  await to("Add a doorbell", "/config/integrations/dashboard/add?domain=doorwatch");
});

test("where motion counts is drawn from here, where there is a picture to look at", async () => {
  open();
  const areas = page.getByRole("button", { name: /^Motion zones/ });
  await userEvent.click(areas);
  await expect
    .element(page.getByRole("dialog", { name: "Motion zones" }))
    .toBeVisible();
  expect(areas.elements().length).toBe(1);
});

test("what needs attention comes first, and is changed there", async () => {
  const element = new SettingsPage();
  const gate: Doorbell = {
    ...DOORBELL,
    doorbell_id: "doorbell-2",
    name: "Garden gate",
    detection: "off",
  };
  element.doorbells = [DOORBELL, gate];
  const connection = new MockConnection("clips");
  show(element, connection);
  const headings = () =>
    [...element.renderRoot.querySelectorAll("h2")].map((one) => one.textContent);
  await expect.poll(() => headings()[0]).toBe("Needs attention");
  await userEvent.click(
    page.getByRole("button", { name: "Detect motion at Garden gate" }),
  );
  await expect
    .poll(() => connection.sent)
    .toContainEqual({ type: "doorwatch/detect_motion", doorbell_id: "doorbell-2" });
});

test("what is wrong with an agency is said", async () => {
  open();
  await expect
    .element(page.getByText("What it publishes couldn't be fetched.").first())
    .toBeVisible();
});

test("a group is not called an agency", async () => {
  open();
  const group = page
    .getByRole("listitem")
    .filter({ hasText: "Elm Street Neighbors" })
    .last();
  await expect.element(group).toHaveTextContent("Group · elm-street.example");
  await expect.element(group).not.toHaveTextContent(/agency/i);
});

test("a home with nothing in it yet can be begun here", async () => {
  open("empty");
  await expect.element(page.getByText("No doorbell is set up yet.")).toBeVisible();
});
