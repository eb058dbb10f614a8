import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Doorbell, Live } from "../api/commands.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { defineCameraStream, player } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show, type MockHome } from "../../mock/show.ts";
import { Still } from "./still.ts";

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
const LIVE: Live = {
  doorbell_id: "doorbell-1",
  camera_entity_id: "camera.doorbell_1",
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: null,
  talk_problem: "no_back_channel",
  talker: null,
  rang_at: null,
};

function tile(change: Partial<Live> = {}): { element: Still; home: MockHome } {
  const element = new Still();
  element.doorbell = DOORBELL;
  element.live = { ...LIVE, ...change };
  return { element, home: show(element) };
}

function setHome(home: MockHome, change: Partial<HomeAssistant>): void {
  home.provider.set({ ...makeHass(new MockConnection("clips"), "clips"), ...change });
}

let hidden: boolean | undefined;
Object.defineProperty(document, "hidden", { get: () => hidden ?? false });
function turn(away: boolean): void {
  hidden = away;
  document.dispatchEvent(new Event("visibilitychange"));
}

afterEach(() => {
  player.does = "plays";
  turn(false);
});

const button = (name: string) => page.getByRole("button", { name });
const picture = button("Front door: open live view");
const sign = (words: string) => page.getByText(words, { exact: true });
const video = (element: Still): HTMLVideoElement | undefined =>
  element.renderRoot.querySelector("doorwatch-live-view")?.video;

async function playing(element: Still): Promise<HTMLVideoElement> {
  await expect.element(sign("Live")).toBeVisible();
  const shown = video(element);
  if (!shown) throw new Error("There is no video");
  expect(shown.videoWidth).toBeGreaterThan(0);
  return shown;
}

test("a press plays it, muted, and another one ends it, by keyboard as well", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  const shown = await playing(element);
  expect(shown.muted).toBe(true);
  await expect.element(picture).not.toBeInTheDocument();
  await expectFocus(button("End live view, Front door"));
  await userEvent.keyboard("{Enter}");
  await expectFocus(picture);
  expect(video(element)).toBeUndefined();
});

test("its sound is turned on by a stream that has it, and off without a break", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  const first = await playing(element);
  await userEvent.click(button("Unmute, Front door"));
  await expect.poll(() => video(element) ?? first).not.toBe(first);
  expect(video(element)?.muted).toBe(false);
  const shown = await playing(element);
  await userEvent.click(button("Mute, Front door"));
  await expect.poll(() => shown.muted).toBe(true);
  expect(video(element)).toBe(shown);
});

test("it fills the screen with its controls, and leaves it when it ends", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  await playing(element);
  await userEvent.click(button("Full screen, Front door"));
  await expect.element(button("Leave full screen, Front door")).toBeVisible();
  await userEvent.click(button("End live view, Front door"));
  await expect.poll(() => document.fullscreenElement).toBeNull();
});

test("in a window of its own it plays on while the page is away", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  const shown = await playing(element);
  await userEvent.click(button("Picture in picture, Front door"));
  await expect.element(button("Leave picture in picture, Front door")).toBeVisible();
  expect(document.pictureInPictureElement).not.toBeNull();
  turn(true);
  element.requestUpdate();
  await element.updateComplete;
  const at = shown.currentTime;
  await expect.poll(() => shown.currentTime).toBeGreaterThan(at);
  expect(video(element)).toBe(shown);
  // The window's own button ends live view, too.
  await document.exitPictureInPicture();
  await expect.poll(() => video(element)).toBeUndefined();
  turn(false);
  await playing(element);
  await expect.element(button("Picture in picture, Front door")).toBeVisible();
});

test("where a browser has no such window there is no button for it", async () => {
  const has = vi.spyOn(document, "pictureInPictureEnabled", "get");
  has.mockReturnValue(false);
  const { element } = tile();
  await userEvent.click(picture);
  await playing(element);
  await expect.element(button("Full screen, Front door")).toBeVisible();
  await expect.element(button("Picture in picture")).not.toBeInTheDocument();
  has.mockRestore();
});

test("it plays only while the page is shown, and goes on by itself", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  await playing(element);
  turn(true);
  await expect.poll(() => video(element)).toBeUndefined();
  await expect.element(sign("Paused")).toBeInTheDocument();
  turn(false);
  await playing(element);
});

test("it plays only while it is on the screen", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  await playing(element);
  element.style.marginTop = "5000px";
  await expect.poll(() => video(element)).toBeUndefined();
  element.style.marginTop = "";
  await playing(element);
});

test("a home that is lost and found again shows it again", async () => {
  const { element, home } = tile();
  await userEvent.click(picture);
  await playing(element);
  setHome(home, { connected: false });
  await expect.poll(() => video(element)).toBeUndefined();
  setHome(home, {});
  await playing(element);
});

test("a refusal is told in words, below the still, and can be tried again", async () => {
  const { element } = tile();
  player.does = "refuses";
  await userEvent.click(picture);
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("Home Assistant couldn't start live view.");
  await expectFocus(button("Try again, Front door"));
  player.does = "plays";
  await userEvent.click(button("Try again, Front door"));
  await playing(element);
  await expect.element(page.getByRole("alert")).not.toBeInTheDocument();
});

test("a doorbell that goes offline while it is watched says so", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  await playing(element);
  element.live = {
    ...LIVE,
    live_problem: "unavailable",
    problems: [{ kind: "offline", since: null, reason: null, may_reconnect: false }],
  };
  await expect.element(page.getByText("Offline")).toBeVisible();
  expect(video(element)).toBeUndefined();
  await expect.element(picture).not.toBeInTheDocument();
});

test("in the place of another doorbell it is not live", async () => {
  const { element } = tile();
  await userEvent.click(picture);
  await playing(element);
  element.doorbell = { ...DOORBELL, doorbell_id: "doorbell-2", name: "Garden gate" };
  await expect.element(button("Garden gate: open live view")).toBeInTheDocument();
  expect(video(element)).toBeUndefined();
});

test("a tap wakes a doorbell that is asleep, and says that this takes a while", async () => {
  const { element } = tile({ live_problem: "asleep" });
  player.does = "nothing";
  await expect
    .element(page.getByText("Asleep to save its battery. Live view wakes it."))
    .toBeVisible();
  await userEvent.click(picture);
  await expect
    .element(page.getByText("Waking the doorbell. This can take 30 seconds."))
    .toBeVisible();
  player.does = "plays";
  turn(true);
  await expect.poll(() => element.renderRoot.querySelector("video")).toBeNull();
  turn(false);
  await playing(element);
  await expect.element(page.getByText(/Waking/)).not.toBeInTheDocument();
});

test("one connection is said to be shared with the recording", async () => {
  const { element } = tile({ one_connection: true });
  const note = page.getByText(/the doorbell needs no second connection/);
  await expect.element(picture).toBeVisible();
  await expect.element(note).not.toBeInTheDocument();
  await userEvent.click(picture);
  await playing(element);
  await expect.element(note).toBeVisible();
});

test("a doorbell whose maker keeps the clips plays by the camera that is linked", async () => {
  const { element, home } = tile({
    live_problem: "fetched",
    camera_entity_id: null,
  });
  await expect
    .element(page.getByText(/^Doorwatch has no live view of this doorbell/))
    .toBeVisible();
  await expect.element(picture).not.toBeInTheDocument();
  setHome(home, { states: { "camera.live": { state: "idle" } } });
  element.live = {
    ...LIVE,
    live_problem: "fetched",
    camera_entity_id: "camera.live",
  };
  await userEvent.click(picture);
  await playing(element);
  const view = element.renderRoot.querySelector("doorwatch-live-view");
  expect(view?.camera.entity).toBe("camera.live");
  await expect.element(page.getByText(/^From the linked camera/)).toBeVisible();
});
