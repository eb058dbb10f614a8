import { expect, test } from "vitest";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import { settle } from "../api/fake-connection.ts";
import { ClipCommands } from "./clip-commands.ts";
import { ClipFollower } from "./clip-follower.ts";

async function opened(clipId: string) {
  const connection = new MockConnection("clips");
  const hass = makeHass(connection, "clips");
  const gone: boolean[] = [];
  const follower = new ClipFollower(() => void gone.push(follower.gone));
  follower.open(connection, clipId);
  await expect.poll(() => follower.clip?.clip_id).toBe(clipId);
  const commands = new ClipCommands(
    () => hass,
    follower,
    () => undefined,
  );
  return { connection, follower, commands, gone };
}

test("protection is toggled", async () => {
  const { follower, commands } = await opened("clip-1");
  for (const on of [false, true]) {
    if (follower.clip) await commands.toggleProtection(follower.clip);
    expect(follower.clip?.protected).toBe(on);
  }
});

test("a clip that is opened meanwhile is not marked as protected", async () => {
  const { connection, follower, commands } = await opened("clip-2");
  connection.delay = 5;
  const protecting = commands.toggleProtection(clip(2));
  connection.delay = 0;
  follower.open(connection, "clip-3");
  await expect.poll(() => follower.clip?.clip_id).toBe("clip-3");
  await protecting;
  expect(follower.clip?.protected).toBe(false);
});

test("a deleted clip stays until the next one is opened", async () => {
  const { connection, follower, commands, gone } = await opened("clip-2");
  // The page asks for the deleted clip before the next one is opened.
  connection.delay = 5;
  const left: (string | null)[] = [];
  await commands.delete(clip(2), (next) => {
    expect(follower.clip?.clip_id).toBe("clip-2");
    left.push(next);
    follower.open(connection, next ?? "");
  });
  expect(left).toStrictEqual(["clip-3"]);
  await expect.poll(() => follower.clip?.clip_id).toBe("clip-3");
  expect(gone).not.toContain(true);
});

test("a clip that someone else deleted first is gone", async () => {
  const { connection, follower, commands } = await opened("clip-2");
  const send = connection.sendMessagePromise.bind(connection);
  connection.sendMessagePromise = async (message) => {
    if (message.type === "doorwatch/clips/delete") {
      await send(message);
      // The page learns of it before the command fails.
      await settle();
    }
    return send(message);
  };
  await commands.delete(clip(2), () => expect.unreachable());
  expect(commands.failure?.code).toBe("clip_unknown");
  expect(follower.gone).toBe(true);
});

test("a clip that could not be deleted stays open, and the error says why", async () => {
  const { connection, follower, commands } = await opened("clip-2");
  connection.drop();
  await commands.delete(clip(2), () => expect.unreachable());
  expect(follower.clip?.clip_id).toBe("clip-2");
  expect(commands.failure?.code).toBe("connection_lost");
});
