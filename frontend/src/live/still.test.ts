import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Doorbell, DoorbellProblem, Live, Recording } from "../api/commands.ts";
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

const FULL: Extract<DoorbellProblem, { kind: "not_recording" }> = {
  kind: "not_recording",
  reason: "disk_full",
  folder: "/media/doorwatch",
  free: 410_000_000,
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
  const repairs = page.getByRole("link", { name: "Open repairs, Front door" });
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
  connection.doors.tell({
    problems: [{ ...FULL, reason: "library_missing", folder: null, free: null }],
  });
  await expect
    .element(page.getByText("Nothing is recorded, because the clip folder is missing."))
    .toBeVisible();
  await expect.element(repairs).not.toBeInTheDocument();

  connection.doors.tell({ problems: [] });
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

/** Follow the live state, as a page does. */
function follow(element: Still, connection: MockConnection): void {
  void connection.subscribeMessage(
    (event) => ([element.live] = (event as { doorbells: Live[] }).doorbells),
    { type: "doorwatch/live/subscribe" },
  );
}

test("offline shows the last image in gray, since when, and what to check", async () => {
  const { element, connection } = still({}, "offline");
  follow(element, connection);
  await expect.element(page.getByText(/Offline since/)).toBeVisible();
  await expect
    .element(
      page.getByText("Nothing answers. Check that the doorbell has power and network."),
    )
    .toBeVisible();
  await expect.poll(() => element.renderRoot.querySelector(".away img")).toBeTruthy();
  await expect.element(button("Front door: open live view")).not.toBeInTheDocument();
});

test("trying now says that it failed, or that the doorbell is back", async () => {
  const { element, connection, said } = still({}, "offline");
  follow(element, connection);
  await userEvent.click(button("Try now, Front door"));
  await expect.element(button("Trying…, Front door")).toBeInTheDocument();
  await expect.element(page.getByText("Still offline.")).toBeVisible();
  await expectFocus(button("Try now, Front door"));
  expect(connection.sent.at(-1)).toStrictEqual({
    type: "doorwatch/reconnect",
    doorbell_id: "doorbell-1",
  });
  await userEvent.click(button("Try now, Front door"));
  await expect.poll(() => said).toStrictEqual(["Front door is connected again."]);
  await expectFocus(button("Front door: open live view"));
  await expect.element(page.getByText("Still offline.")).not.toBeInTheDocument();
});

test("an administrator lets Doorwatch detect motion where nothing does", async () => {
  const { element, connection, said } = still({}, "no-motion");
  follow(element, connection);
  await userEvent.click(button("Detect motion, Front door"));
  await expect
    .poll(() => said.at(-1))
    .toBe("Doorwatch now looks for motion at Front door. Walk to your door to try it.");
  await expect
    .element(page.getByText(/^Nothing detects motion/))
    .not.toBeInTheDocument();
});

test("a refused command says why, and can be repeated", async () => {
  const { element, connection } = still({}, "offline");
  follow(element, connection);
  await expect.element(button("Try now, Front door")).toBeVisible();
  connection.drop();
  await userEvent.click(button("Try now, Front door"));
  await expect
    .element(page.getByText(/Connection to Home Assistant lost/))
    .toBeVisible();
  await expect.element(button("Try now, Front door")).toBeVisible();
});

test("a doorbell that is not connected yet is not called offline", async () => {
  const { element } = still();
  element.live = {
    doorbell_id: "doorbell-1",
    camera_entity_id: "camera.doorbell_1",
    live_problem: "unavailable",
    problems: [],
    one_connection: false,
    talk_entity_id: null,
    talk_problem: null,
    talker: null,
    rang_at: null,
  };
  await expect.element(page.getByText("Connecting…")).toBeVisible();
});

test("where the page says that nothing detects motion, the tile does not", async () => {
  const { element, connection } = still({}, "no-motion");
  element.firstRun = true;
  follow(element, connection);
  await expect.element(button("Front door: open live view")).toBeVisible();
  await expect
    .element(page.getByText(/^Nothing detects motion/))
    .not.toBeInTheDocument();
});
