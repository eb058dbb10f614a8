import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { clip } from "../../mock/library.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Doorbell, Live } from "../api/commands.ts";
import { FirstRun } from "./first-run.ts";

defineCameraStream();

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
  return { connection, element };
}

const LIVE: Live = {
  doorbell_id: "doorbell-1",
  camera_entity_id: "camera.doorbell_1",
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: null,
  talk_problem: "not_rtsp",
  talker: null,
  rang_at: null,
};

function walk(doorbell: Partial<Doorbell> = {}, live: Partial<Live> = {}) {
  const { connection, element } = open([{ ...DOORBELL, ...doorbell }]);
  element.fresh = true;
  element.lives = [{ ...LIVE, ...live }];
  return { connection, element };
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
  const { connection } = open([DOORBELL]);
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

test("only what detects motion is a primary button", async () => {
  open([{ ...DOORBELL, detection: "off" }]);
  await expect.element(detect).toHaveClass("primary");
  await expect.element(record).not.toHaveClass("primary");
});

test("without anything that detects motion one button turns it on", async () => {
  const { connection } = open([{ ...DOORBELL, detection: "off" }]);
  await expect.element(page.getByText("Nothing detects motion here")).toBeVisible();
  await expect.element(page.getByText(/Clips appear here/)).not.toBeInTheDocument();
  await userEvent.click(detect);
  await expectFocus(page.getByText(/now looks for motion at Front door/));
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

const ends = page.getByRole("button", { name: "End live view, Front door" });

test("who never saw a clip walks to the door, which is shown live", async () => {
  walk();
  await expect.element(page.getByText("Walk to your door")).toBeVisible();
  await expect.element(ends).toBeVisible();
  await expect.element(record).not.toHaveClass("primary");
});

test("a doorbell is not woken, and its only connection not used", async () => {
  for (const live of [{ live_problem: "asleep" }, { one_connection: true }] as const) {
    walk({}, live);
    await expect.element(page.getByText("Walk to your door")).toBeVisible();
    await expect
      .element(page.getByRole("button", { name: "Front door: open live view" }))
      .toBeVisible();
    expect(ends.query()).toBeNull();
  }
});

test("who saw clips before sees no picture twice", async () => {
  const { element } = walk();
  element.fresh = false;
  await expect.element(page.getByText("No clips yet")).toBeVisible();
  expect(element.renderRoot.querySelector("doorwatch-first-picture")).toBeNull();
});

test("what moves is marked where it moves", async () => {
  const { connection, element } = walk();
  await expect.element(ends).toBeVisible();
  const picture = element.renderRoot.querySelector("doorwatch-first-picture");
  const boxes = () => [...(picture?.renderRoot.querySelectorAll(".box") ?? [])];
  const subscribed = () =>
    connection.sent.filter(({ type }) => type === "doorwatch/motion/subscribe");
  await expect.poll(subscribed).toHaveLength(1);
  await expect
    .poll(() => {
      connection.doors.see({ boxes: [[25, 50, 75, 100]], changed: 40, threshold: 10 });
      return boxes().length;
    })
    .toBe(1);
  await expect.element(page.getByText("Motion detected")).toBeVisible();
  const frame = element.getBoundingClientRect();
  const [box] = boxes().map((one) => one.getBoundingClientRect());
  expect(box?.width).toBeGreaterThan(frame.width / 4);
  connection.doors.see({ boxes: [], changed: 8, threshold: 10 });
  await expect.element(page.getByText(/not enough to count as motion/)).toBeVisible();
  await expect.poll(boxes).toHaveLength(0);
});

test("a recording is said, however it began", async () => {
  const { element } = walk();
  const since = new Date().toISOString();
  const recording = { doorbell_id: "doorbell-1", since, by_hand_until: null };
  element.recordings = [{ ...recording, kinds: ["motion"] }];
  await expect.element(page.getByText(/Recording at Front door/)).toBeVisible();
});

test("the first clip replaces live view, and leads to Today", async () => {
  const { element } = walk();
  await expect.element(ends).toBeVisible();
  element.clip = clip(0);
  await expect.element(page.getByText("Your doorbell records")).toBeVisible();
  expect(ends.query()).toBeNull();
  let ended = 0;
  element.addEventListener("first-run-ended", () => (ended += 1));
  await userEvent.click(page.getByRole("button", { name: "Go to Today" }));
  expect(ended).toBe(1);
});
