import { afterEach, expect, test } from "vitest";
import { defineCameraStream, player } from "../../mock/camera-stream.ts";
import { Player } from "./camera-stream.ts";

defineCameraStream();

afterEach(() => {
  player.does = "plays";
  document.body.replaceChildren();
});

test.each([
  ["plays", "playing"],
  ["nothing", "stalled"],
  ["refuses", "refused"],
] as const)("a stream that %s is said to be %s", async (does, showing) => {
  player.does = does;
  const stream = Object.assign(document.createElement("ha-camera-stream"), {
    muted: true,
  });
  document.body.append(stream);
  const watched = new Player(
    stream,
    does === "nothing" ? 100 : 20_000,
    () => undefined,
  );
  await expect.poll(() => watched.showing).toBe(showing);
  watched.stop();
});
