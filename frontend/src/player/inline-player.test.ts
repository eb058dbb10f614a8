import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { film } from "../../mock/film.ts";
import { clip, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { InlinePlayer } from "./inline-player.ts";

async function player(change: Parameters<typeof clip>[1] = {}, source = film()) {
  const element = new InlinePlayer();
  element.clip = clip(0, change);
  element.label = "Ring, 14:03:12";
  const told: unknown[] = [];
  for (const name of ["plays", "ended", "unplayable"])
    element.addEventListener(`clip-${name}`, (event) => {
      told.push([name, (event as CustomEvent<unknown>).detail]);
    });
  const connection = new MockConnection("clips");
  const url = await source;
  connection.film = () => url;
  show(element, connection);
  return { element, told };
}

const videoOf = (element: InlinePlayer): HTMLVideoElement | null =>
  element.renderRoot.querySelector("video");
const sound = page.getByRole("button");

test("it plays silently to its end", async () => {
  const { element, told } = await player();
  await expect.poll(() => told).toContainEqual(["plays", true]);
  expect(videoOf(element)?.muted).toBe(true);
  await expect.poll(() => told.at(-1)).toStrictEqual(["ended", null]);
});

test("it pauses and continues as it is told", async () => {
  // It never has enough data, and so never ends.
  const endless = URL.createObjectURL(new MediaSource());
  const { element, told } = await player({}, Promise.resolve(endless));
  await expect.poll(() => told).toContainEqual(["plays", true]);
  const video = videoOf(element);
  element.paused = true;
  await expect.poll(() => video?.paused).toBe(true);
  await expect.poll(() => told.at(-1)).toStrictEqual(["plays", false]);
  element.paused = false;
  await expect.poll(() => video?.paused).toBe(false);
});

test("a press turns its sound on; a clip without audio has no button", async () => {
  const { element } = await player();
  await expect.element(sound).toHaveAccessibleName("Unmute, Ring, 14:03:12");
  await expect.poll(() => videoOf(element)).not.toBeNull();
  await userEvent.click(sound);
  await expect.element(sound).toHaveAccessibleName("Mute, Ring, 14:03:12");
  expect(videoOf(element)?.muted).toBe(false);
  const silent = await player({ audio_codec: null });
  await expect.poll(() => videoOf(silent.element)).not.toBeNull();
  await expect.element(sound).not.toBeInTheDocument();
});

test("what the browser cannot play is said", async () => {
  const { told } = await player({}, Promise.resolve("data:video/mp4,nothing"));
  await expect.poll(() => told).toContainEqual(["unplayable", null]);
  const hevc = await player({
    video_codec: "hevc",
    plays_everywhere: false,
    codecs: "hvc1.1.6.L120.90, mp4a.40.2",
  });
  await expect.poll(() => hevc.told).toStrictEqual([["unplayable", null]]);
});

test("a player that was removed does not play on", async () => {
  const { element, told } = await player();
  await expect.poll(() => told).toContainEqual(["plays", true]);
  const video = videoOf(element);
  element.remove();
  expect(video?.paused).toBe(true);
  const { length } = told;
  await new Promise(requestAnimationFrame);
  expect(told).toHaveLength(length);
});
