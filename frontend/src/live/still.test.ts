import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Doorbell, Live, Recording } from "../api/commands.ts";
import { MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { Still } from "./still.ts";

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

function still(change: Partial<Doorbell> = {}, state = "clips") {
  const element = new Still();
  element.doorbell = { ...DOORBELL, ...change };
  const connection = new MockConnection(state);
  const said: string[] = [];
  const home = show(element, connection);
  home.addEventListener("doorwatch-word", ({ detail }) =>
    said.push(detail?.text ?? ""),
  );
  void connection.subscribeMessage(
    (event) =>
      ([element.recording] = (event as { recordings: Recording[] }).recordings),
    { type: "doorwatch/recordings/subscribe" },
  );
  return { element, connection, said };
}

const button = (name: string) => page.getByRole("button", { name });

test("a press records, a sign shows it, and a second press stops it", async () => {
  const { connection, said } = still();
  await userEvent.click(button("Record now at Front door"));
  await expect.element(page.getByText("Recording", { exact: true })).toBeVisible();
  await expectFocus(button("Stop the manual recording at Front door"));
  expect(said).toStrictEqual([
    "Recording at Front door. The clip appears here when it's done.",
  ]);
  await userEvent.click(button("Stop the manual recording"));
  await expectFocus(button("Record now at Front door"));
  expect(connection.sent.at(-1)?.type).toBe("doorwatch/record/stop");
});

test("a press while something is recorded says that it extends it", async () => {
  const { said } = still({}, "recording");
  await userEvent.click(button("Record now at Front door"));
  await expect
    .poll(() => said)
    .toStrictEqual([
      "Front door is already recording (Motion). Your recording extends that clip.",
    ]);
});

test("who looks reads that nothing is recorded, and only an administrator what to do", async () => {
  const { element, connection } = still({}, "disk-full");
  const full = page.getByText("Nothing is recorded, because storage is full.");
  const repairs = page.getByRole("link", { name: "Open repairs" });
  void connection.subscribeMessage(
    (event) => ([element.live] = (event as { doorbells: Live[] }).doorbells),
    { type: "doorwatch/live/subscribe" },
  );
  await expect.element(full).toBeVisible();
  await expect
    .element(page.getByText("Recording", { exact: true }))
    .not.toBeInTheDocument();
  await expect.element(button("Record now at Front door")).toBeDisabled();
  await expect.element(repairs).toHaveAttribute("href", "/config/repairs");

  const { user } = element.hass;
  if (user) user.is_admin = false;
  connection.doors.tell({ recording_problem: "library_missing" });
  await expect
    .element(page.getByText("Nothing is recorded, because the clip folder is missing."))
    .toBeVisible();
  await expect.element(repairs).not.toBeInTheDocument();

  connection.doors.tell({ recording_problem: null });
  await expect.element(page.getByText("Recording", { exact: true })).toBeVisible();
  await expect.element(page.getByText("Nothing is recorded")).not.toBeInTheDocument();
});

test("who may not control it, and a maker's recordings, have no button for it", async () => {
  still({ may_control: false });
  await expect.element(button("Front door: open live view")).toBeVisible();
  await expect.element(button("Record now")).not.toBeInTheDocument();
  still({ records: false });
  await expect.element(button("Record now")).not.toBeInTheDocument();
  still().element.viewOnly = true;
  await expect.element(button("Record now")).not.toBeInTheDocument();
});

test("where core's player is not there, its own dialog shows the camera", async () => {
  const { element } = still();
  let asked: unknown;
  element.addEventListener("hass-more-info", (event) => {
    asked = (event as CustomEvent<unknown>).detail;
  });
  await userEvent.click(button("open live view"));
  await expect.poll(() => asked).toStrictEqual({ entityId: "camera.doorbell_1" });
});
