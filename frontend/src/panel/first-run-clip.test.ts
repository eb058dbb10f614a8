import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { film } from "../../mock/film.ts";
import { clip, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { ClipPlayer } from "../player/clip-player.ts";
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

/** Let videos play only if they are muted, as browsers do before the first tap. */
function refuseAudio(): void {
  const { prototype } = HTMLMediaElement;
  const original: () => Promise<void> = Reflect.get(prototype, "play");
  vi.spyOn(prototype, "play").mockImplementation(async function (
    this: HTMLMediaElement,
  ) {
    if (!this.muted) throw new DOMException("", "NotAllowedError");
    await original.call(this);
  });
}

const play = page.getByRole("button", { name: "Play the clip" });

test("the first clip plays without a tap", async () => {
  const video = await open();
  await expect.poll(() => video()?.currentTime).toBeGreaterThan(0);
  expect(play.query()).toBeNull();
});

test("it plays without audio if the browser demands a tap for audio", async () => {
  refuseAudio();
  const video = await open();
  await expect.poll(() => video()?.muted).toBe(true);
  await expect.poll(() => video()?.currentTime).toBeGreaterThan(0);
});

test("a clip that loads before anyone listens plays without audio, too", async () => {
  let loaded = (): void => undefined;
  const waits = new Promise<boolean>((resolve) => (loaded = () => resolve(true)));
  vi.spyOn(ClipPlayer.prototype, "updateComplete", "get").mockReturnValue(waits);
  refuseAudio();
  const video = await open();
  await expect.poll(() => video()?.readyState).toBe(HTMLMediaElement.HAVE_ENOUGH_DATA);
  expect(video()?.muted).toBe(false);
  loaded();
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
