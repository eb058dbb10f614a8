import { expect, test } from "vitest";
import { Playback } from "./playback.ts";

/** A video that seeks only when it is told that it has. */
function film(change: object = {}) {
  const state = { at: 0 };
  const video = {
    paused: true,
    ended: false,
    seeking: false,
    duration: NaN,
    muted: false,
    playbackRate: 1,
    play: async (): Promise<void> => void (video.paused = false),
    pause: (): void => void (video.paused = true),
    get currentTime() {
      return state.at;
    },
    set currentTime(to: number) {
      state.at = to;
      video.seeking = true;
    },
    ...change,
  };
  const arrive = (playback: Playback): void => {
    video.seeking = false;
    playback.seeked();
  };
  return { video, arrive };
}

test("the length is that of the recording until the video says its own", () => {
  const { video } = film();
  const playback = new Playback(video, 25);
  expect(playback.length).toBe(25);
  video.duration = 24.6;
  expect(playback.length).toBe(24.6);
});

test("a skip ends at the ends of the clip", () => {
  const { video, arrive } = film();
  const playback = new Playback(video, 8);
  playback.skip(5);
  arrive(playback);
  playback.skip(5);
  arrive(playback);
  expect(playback.at).toBe(8);
  playback.skip(-20);
  expect(playback.at).toBe(0);
});

test("while the video seeks, only the last place counts", () => {
  const { video, arrive } = film();
  const playback = new Playback(video, 20);
  for (const to of [1, 2, 3]) playback.seek(to);
  expect(video.currentTime).toBe(1);
  expect(playback.at).toBe(3);
  arrive(playback);
  expect(video.currentTime).toBe(3);
  arrive(playback);
  expect(playback.at).toBe(3);
});

test("a clip goes on playing after it was scrubbed", () => {
  const { video } = film({ paused: false });
  const playback = new Playback(video, 20);
  playback.scrub(4);
  expect(video.paused).toBe(true);
  expect(playback.plays).toBe(true);
  playback.letGo();
  expect(video.paused).toBe(false);
  playback.toggle();
  playback.scrub(5);
  playback.letGo();
  expect(video.paused).toBe(true);
});

test("who goes to the end sees the end", () => {
  const { video } = film({ paused: false });
  const playback = new Playback(video, 20);
  playback.seek(25);
  expect([video.paused, playback.at]).toStrictEqual([true, 20]);
  playback.toggle();
  playback.scrub(20);
  playback.letGo();
  expect(video.paused).toBe(true);
});

test("a step pauses the video and shows the frame beside", () => {
  const { video } = film({ paused: false });
  const playback = new Playback(video, 20);
  for (const at of [1, 1.1, 1.2]) playback.frames.shown(at);
  playback.seek(1.2);
  playback.step(1);
  expect(video.paused).toBe(true);
  expect(playback.at).toBeCloseTo(1.35);
});

test("a place that the browser rounds is sought once", () => {
  const { video, arrive } = film();
  const playback = new Playback(video, 20);
  playback.seek(7.3);
  video.currentTime = 7.25;
  arrive(playback);
  expect(video.seeking).toBe(false);
  expect(playback.at).toBe(7.25);
});

test("a skip to the start before the video is there does not hold its time", () => {
  const { video } = film();
  const playback = new Playback(video, 20);
  playback.skip(-10);
  video.seeking = false;
  playback.loaded();
  video.currentTime = 3;
  expect(playback.at).toBe(3);
});
