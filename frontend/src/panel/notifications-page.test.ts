import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Doorbell, Wishes } from "../api/commands.ts";
import { NotificationsPage } from "./notifications-page.ts";

beforeEach(() => localStorage.clear());

const doorbell = (number: number, name: string): Doorbell => ({
  doorbell_id: `doorbell-${number}`,
  name,
  camera_entity_id: `camera.doorbell_${number}`,
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
});

const BOTH = [doorbell(1, "Front door"), doorbell(2, "Garden gate")];

function open(state = "clips", doorbells = BOTH) {
  const element = new NotificationsPage();
  element.doorbells = doorbells;
  const connection = new MockConnection(state);
  const home = show(element, connection);
  const saved = (): Wishes | undefined =>
    connection.sent.filter(({ type }) => type === "doorwatch/notices/save").at(-1)?.[
      "wishes"
    ] as Wishes | undefined;
  return { element, connection, home, saved };
}

const flip = (name: string) => page.getByRole("switch", { name, exact: true });
const list = (name: string) => page.getByRole("combobox", { name, exact: true });
const button = (name: string) => page.getByRole("button", { name, exact: true });

test("one press switches notifications on, and the home keeps it", async () => {
  const { saved } = open();
  await expect.element(page.getByText(/only those who turn this on/)).toBeVisible();
  await userEvent.click(flip("Notify me"));
  await expect.poll(saved).toStrictEqual({ on: true });
  await expect.element(page.getByText("Saved")).toBeInTheDocument();
  await expect
    .element(page.getByText(/You haven't chosen yet/))
    .not.toBeInTheDocument();
});

test("what cannot be kept is put back, and the page says so", async () => {
  const { connection } = open();
  await expect.element(flip("Notify me")).not.toBeChecked();
  connection.drop();
  await userEvent.click(flip("Notify me"));
  await expect.element(flip("Notify me")).toBeChecked();
  await expect
    .element(page.getByRole("alert").getByText(/wasn't saved, because the connection/))
    .toBeVisible();
  await expect.element(flip("Notify me")).not.toBeChecked();
});

test("rings and motion have a level, and what the cameras of this home say they see", async () => {
  const { saved } = open();
  const ring = list("Ring, All doorbells");
  await expect.element(ring).toHaveDisplayValue(/Urgent \(default\)/);
  await expect.element(list("Person, All doorbells")).toBeVisible();
  await userEvent.selectOptions(ring, "Silent");
  await expect.poll(saved).toStrictEqual({ levels: { all: { ring: "silent" } } });
  await userEvent.selectOptions(ring, "Urgent (default)");
  await expect.poll(saved).toStrictEqual({ levels: { all: {} } });
});

test("the levels are explained once, when someone asks", async () => {
  open();
  await userEvent.click(flip("Different for Garden gate"));
  const meaning = page.getByText("Arrives without a sound.");
  await expect.element(meaning).not.toBeVisible();
  await userEvent.click(page.getByText("What the levels mean"));
  await expect.element(meaning).toBeVisible();
});

test("what no camera of this home says cannot be chosen", async () => {
  open("empty");
  await expect.element(list("Motion, All doorbells")).toBeVisible();
  expect(page.getByRole("combobox", { name: /^Person/ }).query()).toBeNull();
});

test("a doorbell can be different, and is as all others again", async () => {
  const { saved } = open();
  await userEvent.click(flip("Different for Garden gate"));
  const motion = list("Motion, Garden gate");
  await expect.element(motion).toHaveDisplayValue(/On \(default\)/);
  await userEvent.selectOptions(list("Motion, All doorbells"), "Off");
  await expect.element(motion).toHaveDisplayValue(/Off \(all doorbells\)/);
  await userEvent.selectOptions(motion, "Urgent");
  await expect.poll(saved).toStrictEqual({
    levels: { all: { motion: "off" }, "doorbell-2": { motion: "urgent" } },
  });
  await userEvent.click(flip("Different for Garden gate"));
  await expect.poll(saved).toStrictEqual({ levels: { all: { motion: "off" } } });
});

test("with one doorbell nothing is different", async () => {
  open("clips", BOTH.slice(0, 1));
  await expect.element(list("Ring, All doorbells")).toBeVisible();
  expect(page.getByRole("switch", { name: /^Different/ }).query()).toBeNull();
});

test("quiet hours are added, changed and removed by keyboard too", async () => {
  const { saved } = open();
  await userEvent.click(button("Add quiet hours"));
  await expectFocus(button("Sun"));
  await userEvent.keyboard(" ");
  await userEvent.fill(page.getByLabelText("From, quiet hours 1"), "23:30");
  await userEvent.tab();
  await expect.element(page.getByText("Until the next day.")).toBeVisible();
  await expect.poll(saved).toStrictEqual({
    quiet: [{ days: [0, 1, 2, 3, 4, 5], begins: "23:30", ends: "07:00" }],
  });
  await userEvent.click(button("Remove quiet hours 1"));
  await expectFocus(button("Add quiet hours"));
  await expect.poll(saved).toStrictEqual({ quiet: [] });
});

test("quiet hours always have a day, and a time", async () => {
  const { saved } = open();
  await userEvent.click(button("Add quiet hours"));
  for (const day of ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"])
    await userEvent.click(button(day));
  await expect.element(button("Sun")).toHaveAttribute("aria-disabled", "true");
  (button("Sun").element() as HTMLElement).click();
  await userEvent.clear(page.getByLabelText("From, quiet hours 1"));
  await userEvent.tab();
  await expect.element(page.getByLabelText("From, quiet hours 1")).toHaveValue("22:00");
  await expect
    .poll(saved)
    .toStrictEqual({ quiet: [{ days: [6], begins: "22:00", ends: "07:00" }] });
});

test("who is at home counts, where the home can tell", async () => {
  const { saved } = open();
  await userEvent.selectOptions(list("When to notify me"), "Not while I'm home");
  await expect.poll(saved).toStrictEqual({ presence: "not_while_i" });
  await expect.element(page.getByText("This applies to rings too.")).toBeVisible();
});

test("who is no person of this home reads what is missing", async () => {
  open("no-person");
  await expect
    .element(page.getByRole("option", { name: "Not while I'm home" }))
    .toBeDisabled();
  await expect.element(page.getByText(/no person is linked/)).toBeVisible();
});

test("a pause and the things of the house are chosen", async () => {
  const { saved } = open();
  await userEvent.selectOptions(
    page.getByRole("combobox", { name: /^At most one notification per doorbell in/ }),
    "30 minutes",
  );
  await userEvent.click(flip("Shared clips that arrived"));
  await expect.poll(saved).toStrictEqual({ pause: 30, house: { delivered: false } });
});

test("a test says that it went out", async () => {
  open();
  await userEvent.click(button("Send test to Robin's phone"));
  await expect.element(page.getByText(/^Sent to Robin's phone/)).toBeVisible();
  await expect.element(page.getByText(/only the Home Assistant log/)).toBeVisible();
});

test("a phone gets none while the others do", async () => {
  const { saved } = open();
  await userEvent.click(flip("Notifications on Robin's phone"));
  await expect.poll(saved).toStrictEqual({ silent_phones: ["phone-1"] });
});

test("what is wrong with a phone is said, with what to do", async () => {
  open("phones");
  await expect
    .element(page.getByText(/The last notification didn't reach it/))
    .toBeVisible();
  await expect.element(page.getByText(/has the same name.*Device name/)).toBeVisible();
  await expect.element(page.getByText(/hasn't told your home/)).toBeVisible();
  // Only phones that can be reached: two of the four.
  expect(page.getByRole("button", { name: /^Send test/ }).elements().length).toBe(2);
});

test("who has no phone here reads how to get one", async () => {
  open("no-phone");
  await expect.element(page.getByText(/Install the Home Assistant app/)).toBeVisible();
});

test("a snooze of one doorbell begins and ends", async () => {
  const { connection } = open();
  await userEvent.selectOptions(list("What to snooze"), "Garden gate");
  await userEvent.click(button("4 hours"));
  const sent = () =>
    connection.sent.filter(({ type }) => type === "doorwatch/notices/snooze").at(-1);
  await expect.poll(sent).toMatchObject({ doorbell_id: "doorbell-2", minutes: 240 });
  await expect
    .element(page.getByText(/^Garden gate: nothing until .*\d:\d\d/))
    .toBeVisible();
  await userEvent.click(button("End: Garden gate"));
  await expect.poll(sent).toMatchObject({ doorbell_id: "doorbell-2", minutes: 0 });
  await expectFocus(button("30 minutes"));
});

test("a snooze lasts until tomorrow morning", async () => {
  const { connection } = open();
  await userEvent.click(button("Until tomorrow 07:00"));
  await expect
    .poll(() => connection.sent.at(-1))
    .toMatchObject({ type: "doorwatch/notices/snooze" });
  expect(connection.sent.at(-1)).not.toHaveProperty("doorbell_id");
  await expect
    .element(page.getByText(/^All doorbells: nothing until .*, 07:0/))
    .toBeVisible();
});

test("trouble is for administrators", async () => {
  const { connection, home } = open();
  const trouble = page.getByRole("switch", { name: /^Problems/ });
  await expect.element(trouble).toBeVisible();
  const kim = { id: "1", name: "Kim", is_admin: false };
  home.provider.set({ ...makeHass(connection, "clips"), user: kim });
  await expect.element(trouble).not.toBeInTheDocument();
});

test("a person may choose the hour for what agencies do, or leave it to the home", async () => {
  const { saved } = open();
  const hour = page.getByLabelText("Time for news from agencies");
  await expect.element(hour).toHaveValue("");
  await userEvent.fill(hour, "18:30");
  await expect.poll(saved).toStrictEqual({ house_at: "18:30" });
  await userEvent.clear(hour);
  await expect.poll(saved).toStrictEqual({});
});
