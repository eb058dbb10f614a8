import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { film } from "../../mock/film.ts";
import { clip, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { FirstClip } from "./first-run-clip.ts";

afterEach(() => void vi.restoreAllMocks());

async function open(): Promise<() => HTMLVideoElement | null | undefined> {
  const connection = new MockConnection("clips");
  const url = await film();
  const send = connection.sendMessagePromise.bind(connection);
  vi.spyOn(connection, "sendMessagePromise").mockImplementation(async (message) =>
    message.type === "doorwatch/clips/link" ? { url, preview: null } : send(message),
  );
  const element = new FirstClip();
  element.clip = clip(0);
  element.label = "The first clip";
  show(element, connection);
  return () =>
    element.renderRoot
      .querySelector("doorwatch-clip-player")
      ?.renderRoot.querySelector("video");
}

const play = page.getByRole("button", { name: "Play the clip" });

test("the first clip plays without a tap", async () => {
  const video = await open();
  await expect.poll(() => video()?.currentTime).toBeGreaterThan(0);
  expect(play.query()).toBeNull();
});

test("it plays without audio if the browser demands a tap for audio", async () => {
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementationOnce(async () => {
    throw new DOMException("", "NotAllowedError");
  });
  const video = await open();
  await expect.poll(() => video()?.muted).toBe(true);
  await expect.poll(() => video()?.currentTime).toBeGreaterThan(0);
});

test("with reduced motion, it waits for a tap", async () => {
  const ask = window.matchMedia.bind(window);
  vi.spyOn(window, "matchMedia").mockImplementation((query) =>
    query.includes("reduced-motion")
      ? Object.assign(new EventTarget() as MediaQueryList, { matches: true })
      : ask(query),
  );
  const video = await open();
  await expect.element(play).toBeVisible();
  expect(video()?.paused).toBe(true);
  await userEvent.click(play);
  await expect.poll(() => video()?.currentTime).toBeGreaterThan(0);
  expect(play.query()).toBeNull();
});
