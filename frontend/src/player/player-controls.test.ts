import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { film } from "../../mock/film.ts";
import { clip, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import type { Word } from "../ui/snackbar.ts";
import { PlayerControls } from "./player-controls.ts";

async function controls(change: Parameters<typeof clip>[1] = {}) {
  const video = document.createElement("video");
  video.muted = true;
  video.loop = true;
  video.src = await film();
  const element = new PlayerControls();
  element.clip = clip(0, { duration: 20, ...change });
  element.doorbell = "Front door";
  element.video = video;
  element.screen = document.body;
  const connection = new MockConnection("clips");
  show(element, connection);
  await expect.poll(() => video.readyState).toBeGreaterThan(1);
  return { element, video, connection };
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const slider = page.getByRole("slider", { name: "Position in the clip" });

test("it plays and pauses, by button and by key", async () => {
  const { element, video } = await controls({ audio_codec: null });
  await userEvent.click(button("Play"));
  await expect.element(button("Pause")).toBeVisible();
  element.press(new KeyboardEvent("keydown", { key: "k" }));
  await expect.element(button("Play")).toBeVisible();
  expect(video.paused).toBe(true);
});

test("the slider says where the clip is, and goes elsewhere by key", async () => {
  const { element, video } = await controls();
  // The film is shorter than the clip, so it would not stay there.
  Object.defineProperties(video, {
    duration: { value: 20 },
    currentTime: { value: 0, writable: true },
  });
  element.requestUpdate();
  await expect.element(slider).toHaveAttribute("aria-valuetext", "0 of 20 seconds");
  (slider.element() as HTMLElement).focus();
  await userEvent.keyboard("{End}");
  await expect.element(slider).toHaveAttribute("aria-valuetext", "20 of 20 seconds");
});

test("pictures are fetched when somebody points at the bar", async () => {
  const { element, connection } = await controls();
  const asked = (): number =>
    connection.sent.filter(({ type }) => type === "doorwatch/clips/strip").length;
  expect(asked()).toBe(0);
  await userEvent.hover(slider);
  const picture = (): Element | null | undefined =>
    element.renderRoot
      .querySelector("doorwatch-scrub-bar")
      ?.shadowRoot?.querySelector(".look img");
  await expect.poll(picture).not.toBeNull();
  expect(asked()).toBe(1);
});

test("the loudness of a clip with audio is drawn", async () => {
  const { element } = await controls();
  const drawn = (): Element | null | undefined =>
    element.renderRoot
      .querySelector("doorwatch-scrub-bar")
      ?.shadowRoot?.querySelector("svg path");
  await expect.poll(drawn).not.toBeNull();
});

test("speed and silence stay for the next clip", async () => {
  const { element, video } = await controls();
  await userEvent.selectOptions(page.getByLabelText("Playback speed"), "2×");
  await userEvent.click(button("Mute"));
  expect([video.playbackRate, video.muted]).toStrictEqual([2, true]);
  const next = document.createElement("video");
  element.clip = clip(1);
  element.video = next;
  await element.updateComplete;
  expect([next.playbackRate, next.muted]).toStrictEqual([2, true]);
  await expect.element(button("Unmute")).toBeVisible();
});

test("the image is saved under the name of the doorbell and its time", async () => {
  await controls({ started_at: "2026-11-24T17:54:07Z" });
  const names: string[] = [];
  const click = vi
    .spyOn(HTMLAnchorElement.prototype, "click")
    .mockImplementation(function (this: HTMLAnchorElement) {
      names.push(this.download);
    });
  await userEvent.click(button("Save image"));
  await expect.poll(() => names).toContain("Front door 2026-11-24 18-54-07.jpg");
  click.mockRestore();
});

test("an image that cannot be saved is said", async () => {
  const { element, video } = await controls();
  const words: (Word | undefined)[] = [];
  element.addEventListener("doorwatch-word", ({ detail }) => words.push(detail));
  Object.defineProperty(video, "videoWidth", { value: 0 });
  await userEvent.click(button("Save image"));
  await expect.poll(() => words.at(-1)?.text).toBe("Couldn't save the image.");
});
