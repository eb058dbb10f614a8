import { expect, test } from "vitest";
import { clip, MockConnection } from "../../mock/hass.ts";
import { ClipFeed } from "../clips/clip-feed.ts";
import { ClipActions } from "./today-clips.ts";

async function make(): Promise<{
  actions: ClipActions;
  clips: ClipFeed;
  connection: MockConnection;
  done: string[];
}> {
  const connection = new MockConnection("clips");
  const clips = new ClipFeed(() => undefined);
  clips.start(connection);
  await expect.poll(() => clips.status).toBe("ready");
  const done: string[] = [];
  const actions = new ClipActions(clips, {
    connection: () => connection,
    changed: () => undefined,
    deleted: ({ clip_id }) => done.push(`deleted ${clip_id}`),
    restored: ({ clip_id }) => done.push(`restored ${clip_id}`),
  });
  return { actions, clips, connection, done };
}

test("a clip is deleted at once, and restored", async () => {
  const { actions, clips, done } = await make();
  const [first] = clips.clips;
  if (!first) throw new Error("no clips");
  const before = clips.clips.length;
  actions.ask(first);
  await expect.poll(() => done).toStrictEqual([`deleted ${first.clip_id}`]);
  expect(clips.clips).toHaveLength(before - 1);
  await actions.restore(first);
  expect(done).toStrictEqual([`deleted ${first.clip_id}`, `restored ${first.clip_id}`]);
  expect(clips.clips).toHaveLength(before);
});

test("only a protected clip is asked about", async () => {
  const { actions, clips, done } = await make();
  const found = clips.clips.find((one) => one.protected);
  if (!found) throw new Error("no protected clip");
  actions.ask(found);
  expect(actions.deleting).toBe(found);
  actions.close();
  expect([actions.deleting, done]).toStrictEqual([undefined, []]);
});

test("a failure is kept until something succeeds", async () => {
  const { actions, clips, connection, done } = await make();
  await actions.delete(clip(999));
  expect(actions.failure?.code).toBe("clip_unknown");
  expect(done).toStrictEqual([]);
  connection.drop();
  await actions.delete(clip(0));
  expect(actions.failure).toBeDefined();
  connection.restore();
  await expect.poll(() => clips.status).toBe("ready");
  await actions.delete(clip(0));
  expect(actions.failure).toBeUndefined();
});
