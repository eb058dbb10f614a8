import { expect, test } from "vitest";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import { ClipCommands } from "./clip-commands.ts";
import { ClipFollower } from "./clip-follower.ts";

async function opened(clipId: string) {
  const connection = new MockConnection("clips");
  const hass = makeHass(connection, "clips");
  const follower = new ClipFollower(() => undefined);
  follower.open(connection, clipId);
  await expect.poll(() => follower.clip?.clip_id).toBe(clipId);
  const commands = new ClipCommands(
    () => hass,
    follower,
    () => undefined,
  );
  return { connection, follower, commands };
}

test("protection is toggled", async () => {
  const { follower, commands } = await opened("clip-1");
  for (const on of [false, true]) {
    if (follower.clip) await commands.toggleProtection(follower.clip);
    expect(follower.clip?.protected).toBe(on);
  }
});

test("a deleted clip stays until the next one is opened", async () => {
  const { connection, follower, commands } = await opened("clip-2");
  const left: (string | null)[] = [];
  await commands.delete(clip(2), (next) => {
    expect(follower.clip?.clip_id).toBe("clip-2");
    left.push(next);
    follower.open(connection, next ?? "");
  });
  expect(left).toStrictEqual(["clip-3"]);
  await expect.poll(() => follower.clip?.clip_id).toBe("clip-3");
});

test("a clip that could not be deleted stays open, and the error says why", async () => {
  const { connection, follower, commands } = await opened("clip-2");
  connection.drop();
  await commands.delete(clip(2), () => expect.unreachable());
  expect(follower.clip?.clip_id).toBe("clip-2");
  expect(commands.failure?.code).toBe("connection_lost");
});
