import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clip, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { ClipPlayer } from "./clip-player.ts";

function player(change: Parameters<typeof clip>[1] = {}, from = 0) {
  const element = new ClipPlayer();
  element.clip = clip(0, change);
  element.label = "The clip";
  element.from = from;
  const connection = new MockConnection("clips");
  show(element, connection);
  return { element, connection };
}

const video = page.getByLabelText("The clip", { exact: true });
const source = (): string | null => video.element().getAttribute("src");

test("a clip begins with a fresh link, at the moment that was asked for", async () => {
  const { connection } = player({}, 12);
  await expect.element(video).toBeInTheDocument();
  expect(source()).toBe("clip.mp4#t=12");
  expect(connection.sent[0]).toStrictEqual({
    type: "doorwatch/clips/link",
    clip_id: "clip-0",
  });
});

test("its picture is there before the video, and under no finger", async () => {
  const { element } = player();
  await expect.element(video).toBeInTheDocument();
  const above = element.renderRoot.querySelector("doorwatch-thumbnail.above");
  expect(above && getComputedStyle(above).pointerEvents).toBe("none");
  video.element().dispatchEvent(new Event("loadeddata"));
  await expect
    .poll(() => element.renderRoot.querySelector("doorwatch-thumbnail"))
    .toBeNull();
});

test("keys of the page go some seconds back and ahead in it", async () => {
  const { element } = player();
  await expect.element(video).toBeInTheDocument();
  let at = 7;
  Object.defineProperty(video.element(), "currentTime", {
    get: () => at,
    set: (to: number) => (at = to),
  });
  const press = (key: string): boolean =>
    element.press(new KeyboardEvent("keydown", { key }));
  // The controls are loaded by now.
  await expect.poll(() => press("ArrowRight")).toBe(true);
  expect(at).toBe(12);
  for (let time = 0; time < 3; time += 1) press("ArrowLeft");
  expect(at).toBe(0);
  expect(press("q")).toBe(false);
});

test("what the browser cannot play has a preview made of it", async () => {
  player({
    video_codec: "hevc",
    plays_everywhere: false,
    codecs: "hvc1.1.6.L120.90, mp4a.40.2",
  });
  await userEvent.click(page.getByRole("button", { name: "Create preview" }));
  await expect.element(page.getByText("Creating preview…").first()).toBeVisible();
  await expect.element(page.getByRole("button", { name: "Cancel" })).toBeVisible();
});
