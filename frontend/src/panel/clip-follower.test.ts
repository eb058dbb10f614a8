import { expect, test } from "vitest";
import { clip } from "../../mock/hass.ts";
import { FakeConnection, settle } from "../api/fake-connection.ts";
import { ClipFollower } from "./clip-follower.ts";

const TYPE = "doorwatch/clips/get";
const HEARD = "doorwatch/clips/subscribe";

async function opened(): Promise<{
  connection: FakeConnection;
  follower: ClipFollower;
  pages: Record<string, unknown>;
}> {
  const connection = new FakeConnection();
  const pages: Record<string, unknown> = {
    "clip-1": { clip: clip(1), older: "clip-2", newer: "clip-0" },
    "clip-0": { clip: clip(0), older: "clip-1", newer: null },
  };
  connection.answers[TYPE] = (message) => {
    const page = pages[String(message["clip_id"])];
    if (!page) throw { code: "clip_unknown", message: "" };
    return page;
  };
  connection.answers["doorwatch/clips/list"] = ({ before }) => ({
    clips: before ? [clip(2), clip(3)] : [clip(0)],
    more: false,
  });
  const follower = new ClipFollower(() => undefined);
  follower.open(connection, "clip-1");
  await settle();
  return { connection, follower, pages };
}

test("a clip is there with its neighbours", async () => {
  const { follower } = await opened();
  expect(follower.status).toBe("ready");
  expect(follower.clip?.clip_id).toBe("clip-1");
  expect([follower.older, follower.newer]).toStrictEqual(["clip-2", "clip-0"]);
});

test("the clips around it are there, the oldest first", async () => {
  const { connection, follower } = await opened();
  const ids = follower.near.map(({ clip_id }) => clip_id);
  expect(ids).toStrictEqual(["clip-3", "clip-2", "clip-1", "clip-0"]);
  // The page works without them.
  connection.answers["doorwatch/clips/list"] = () => {
    throw { code: "library_unavailable", message: "" };
  };
  follower.open(connection, "clip-0");
  await settle();
  expect(follower.status).toBe("ready");
});

test("the one before stays in sight until the next is there", async () => {
  const { connection, follower } = await opened();
  follower.open(connection, "clip-0");
  expect(follower.clip?.clip_id).toBe("clip-1");
  await settle();
  expect(follower.clip?.clip_id).toBe("clip-0");
});

test("a clip that is deleted while the next one loads stays in sight", async () => {
  const { connection, follower, pages } = await opened();
  const answer = connection.answers[TYPE];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  connection.answers[TYPE] = async (message) => {
    if (message["clip_id"] === "clip-0") await held;
    return answer?.(message);
  };
  delete pages["clip-1"];
  connection.last(HEARD).send({ type: "removed", clip_id: "clip-1" });
  follower.open(connection, "clip-0");
  await settle();
  expect([follower.gone, follower.clip?.clip_id]).toStrictEqual([false, "clip-1"]);
  release();
  await settle();
  expect(follower.clip?.clip_id).toBe("clip-0");
});

test("what is gone, or was never for this person, is one and the same", async () => {
  const { connection, follower } = await opened();
  follower.open(connection, "clip-9");
  await settle();
  expect(follower.gone).toBe(true);
  expect(follower.clip).toBeUndefined();
});

test("what becomes of it meanwhile is shown", async () => {
  const { connection, follower, pages } = await opened();
  const heard = connection.last(HEARD);
  heard.send({ type: "changed", clip: clip(1, { protected: false }) });
  expect(follower.clip?.protected).toBe(false);
  await settle();
  delete pages["clip-1"];
  heard.send({ type: "removed", clip_id: "clip-1" });
  await settle();
  expect(follower.gone).toBe(true);
  pages["clip-1"] = { clip: clip(1), older: null, newer: null };
  heard.send({ type: "changed", clip: clip(1) });
  await settle();
  expect(follower.gone).toBe(false);
});

test("a neighbour that comes or goes is one no more", async () => {
  const { connection, follower, pages } = await opened();
  pages["clip-1"] = { clip: clip(1), older: null, newer: "clip-0" };
  connection.last(HEARD).send({ type: "removed", clip_id: "clip-2" });
  await settle();
  expect(follower.older).toBeNull();
});

test("a lost connection is found again", async () => {
  const { connection, follower, pages } = await opened();
  const before = connection.last(HEARD);
  connection.fire("disconnected");
  pages["clip-1"] = { clip: clip(1), older: null, newer: null };
  connection.fire("ready");
  await settle();
  expect(follower.older).toBeNull();
  expect(connection.last(HEARD)).not.toBe(before);
  // On the new connection, its ID could belong to another subscription.
  expect(before.unsubscribed).toBe(false);
  follower.stop();
  await settle();
  expect(connection.last(HEARD).unsubscribed).toBe(true);
});
