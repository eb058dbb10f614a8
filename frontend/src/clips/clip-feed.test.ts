import { expect, test, vi } from "vitest";
import type * as api from "../api/commands.ts";
import { ClipFeed } from "./clip-feed.ts";
import { FakeConnection, settle } from "../api/fake-connection.ts";

const clip = (id: string, minute: number, change: Partial<api.Clip> = {}): api.Clip =>
  ({
    clip_id: id,
    started_at: `2026-11-24T12:${String(minute).padStart(2, "0")}:00+00:00`,
    part: 0,
    ...change,
  }) as api.Clip;

function home(clips: api.Clip[], more = false): FakeConnection {
  const connection = new FakeConnection();
  connection.answers = {
    "doorwatch/clips/list": () => ({ clips, more }),
  };
  return connection;
}

const idsOf = (clips: readonly api.Clip[]): string[] => clips.map((one) => one.clip_id);
const ids = (feed: ClipFeed): string[] => idsOf(feed.clips);

test("clips are listed newest first and change as they do", async () => {
  const connection = home([clip("a", 1), clip("b", 2)], true);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection);
  expect(feed.status).toBe("loading");
  await settle();
  expect(feed.status).toBe("ready");
  expect(ids(feed)).toStrictEqual(["b", "a"]);
  const { send } = connection.last("doorwatch/clips/subscribe");
  send({ type: "saved", clip: clip("c", 3) });
  send({ type: "changed", clip: clip("a", 1, { protected: true }) });
  send({ type: "changed", clip: clip("of another page", 0) });
  const started_at = "2999-12-31T12:00:00+00:00";
  send({ type: "changed", clip: clip("of a clock that was ahead", 0, { started_at }) });
  expect(ids(feed)).toStrictEqual(["c", "b", "a"]);
  expect(feed.clips[2]?.protected).toBe(true);
  send({ type: "removed", clip_id: "b" });
  expect(ids(feed)).toStrictEqual(["c", "a"]);
});

test("what happens while the list is under way is not lost", async () => {
  const connection = home([]);
  let answer: (list: unknown) => void = () => undefined;
  connection.answers["doorwatch/clips/list"] = () =>
    new Promise((resolve) => (answer = resolve));
  const feed = new ClipFeed(() => undefined);
  feed.start(connection);
  await settle();
  const { send } = connection.last("doorwatch/clips/subscribe");
  send({ type: "saved", clip: clip("new", 9) });
  send({ type: "removed", clip_id: "gone" });
  answer({ clips: [clip("gone", 2), clip("old", 1)], more: false });
  await settle();
  expect(ids(feed)).toStrictEqual(["new", "old"]);
});

test("one doorbell narrows the list and the subscription", async () => {
  const connection = home([]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { doorbell_id: "d1", limit: 3 });
  await settle();
  const { message } = connection.last("doorwatch/clips/subscribe");
  expect(message["doorbell_id"]).toBe("d1");
  const list = connection.sent.find((one) => one.type === "doorwatch/clips/list");
  expect([list?.["doorbell_id"], list?.["limit"]]).toStrictEqual(["d1", 3]);
});

test("older clips follow the oldest one shown", async () => {
  const connection = home([clip("b", 5)], true);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection);
  await settle();
  connection.answers["doorwatch/clips/list"] = (message) => {
    expect(message["before"]).toBe(clip("b", 5).started_at);
    return { clips: [clip("a", 1), clip("b", 5)], more: false };
  };
  await feed.loadOlder();
  expect(ids(feed)).toStrictEqual(["b", "a"]);
  expect(feed.more).toBe(false);
});

test("after a reconnect everything is subscribed and listed anew", async () => {
  const connection = home([clip("a", 1)]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection);
  await settle();
  const before = [...connection.subscriptions];
  connection.fire("disconnected");
  connection.answers["doorwatch/clips/list"] = () => ({
    clips: [clip("b", 2), clip("a", 1)],
    more: false,
  });
  connection.fire("ready");
  await settle();
  expect(ids(feed)).toStrictEqual(["b", "a"]);
  expect(connection.subscriptions.length).toBe(2 * before.length);
  // IDs of the old connection may belong to others on the new one.
  expect(before.every((one) => !one.unsubscribed)).toBe(true);
  before[0]?.send({ type: "removed", clip_id: "a" });
  expect(ids(feed)).toStrictEqual(["b", "a"]);
  feed.stop();
  const after = connection.subscriptions.slice(before.length);
  expect(after.every((one) => one.unsubscribed)).toBe(true);
});

/** Answer queries as the home does, newest first. */
function listing(connection: FakeConnection, all: readonly api.Clip[]): void {
  connection.answers["doorwatch/clips/list"] = ({ before, after, limit }) => {
    const fits = all.filter(
      ({ started_at: at }) =>
        (!before || Date.parse(at) < Date.parse(before as string)) &&
        (!after || Date.parse(at) > Date.parse(after as string)),
    );
    const clips = after
      ? fits.slice(-(limit as number))
      : fits.slice(0, limit as number);
    return { clips, more: fits.length > clips.length };
  };
}

test("a new clip is listed when the camera says what was asked for", async () => {
  const connection = home([]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { labels: ["person", "animal"] });
  await settle();
  const { send } = connection.last("doorwatch/clips/subscribe");
  send({ type: "saved", clip: clip("a", 1, { labels: ["person"] }) });
  send({ type: "saved", clip: clip("b", 2, { labels: ["package"] }) });
  send({ type: "saved", clip: clip("c", 3, { labels: [] }) });
  expect(ids(feed)).toStrictEqual(["a"]);
});

test("after a reconnect as many are listed as before, from where the list began", async () => {
  const connection = home([]);
  const all = Array.from({ length: 10 }, (_, index) => clip(`c${index}`, 30 - index));
  listing(connection, all);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { limit: 3 }, async () => "2026-11-24T12:27:30+00:00");
  await settle();
  await feed.loadOlder();
  await feed.loadNewer();
  const shown = ids(feed);
  expect(shown).toStrictEqual(["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"]);
  all.splice(4, 1);
  connection.fire("disconnected");
  connection.fire("ready");
  await settle();
  expect(ids(feed)).toStrictEqual([...shown.filter((one) => one !== "c4"), "c9"]);
  expect([feed.newer, feed.more]).toStrictEqual([false, false]);
});

test("after a reconnect only what comes to the screen is asked about, and nothing is missed", async () => {
  const connection = home([]);
  const at = (index: number): string =>
    new Date(Date.UTC(2026, 10, 24) - index * 60_000).toISOString();
  const of = (index: number): api.Clip => ({
    ...clip(`c${index}`, 0),
    started_at: at(index),
  });
  const all = Array.from({ length: 500 }, (_, index) => of(index));
  listing(connection, all);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { limit: 100 });
  await settle();
  for (let page = 1; page < 4; page += 1) await feed.loadOlder();
  expect(feed.clips).toHaveLength(400);
  const asked = () =>
    connection.sent.filter((one) => one.type === "doorwatch/clips/list").length;
  const before = asked();
  // During the disconnect, 150 clips arrived, some were deleted, and one arrived in between.
  all.splice(320, 5);
  all.splice(250, 0, { ...of(249), clip_id: "between", started_at: at(249.5) });
  all.unshift(...Array.from({ length: 150 }, (_, index) => of(index - 150)));
  connection.fire("disconnected");
  connection.fire("ready");
  await settle();
  expect(asked() - before).toBe(1);
  expect(ids(feed).slice(0, 101)).toStrictEqual([...idsOf(all.slice(0, 100)), "c0"]);
  // The visible clips are unchanged until they are checked.
  const place = (id: string): number => ids(feed).indexOf(id);
  feed.look(place("c240"), place("c260"));
  await settle();
  expect(asked() - before).toBe(2);
  expect(ids(feed).slice(place("c240"), place("c260"))).toContain("between");
  feed.look(place("c240"), place("c260"));
  await settle();
  expect(asked() - before).toBe(2);
  for (let turn = 0; turn < 10; turn += 1) {
    feed.look(0, feed.clips.length - 1);
    await settle();
  }
  expect(ids(feed)).toStrictEqual(idsOf(all.slice(0, feed.clips.length)));
  expect(feed.more).toBe(true);
  const whole = asked();
  feed.look(0, feed.clips.length - 1);
  await feed.loadOlder();
  expect(asked() - whole).toBe(1);
});

test("what was listed stays until what was asked for is there", async () => {
  const connection = home([clip("a", 1)], true);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection);
  await settle();
  connection.answers["doorwatch/clips/list"] = () => ({
    clips: [clip("b", 2)],
    more: false,
  });
  feed.start(connection, { kinds: ["ring"] });
  expect([feed.status, feed.more, ids(feed)]).toStrictEqual(["loading", false, ["a"]]);
  await settle();
  expect(ids(feed)).toStrictEqual(["b"]);
  feed.start(new FakeConnection());
  expect(ids(feed)).toStrictEqual([]);
});

test("an integration that is not there yet is asked again", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const connection = home([clip("a", 1)]);
    connection.answers["doorwatch/clips/subscribe"] = () => {
      throw { code: "unknown_command", message: "Unknown command." };
    };
    const feed = new ClipFeed(() => undefined);
    feed.start(connection);
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.status).toBe("error");
    expect(feed.failure?.code).toBe("unknown_command");
    delete connection.answers["doorwatch/clips/subscribe"];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(feed.status).toBe("ready");
    expect(ids(feed)).toStrictEqual(["a"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a restored clip is back where it belongs", async () => {
  const connection = home([clip("a", 1), clip("c", 3)]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection);
  await settle();
  const { send } = connection.last("doorwatch/clips/subscribe");
  send({ type: "removed", clip_id: "c" });
  send({ type: "changed", clip: clip("c", 3) });
  feed.put(clip("b", 2));
  expect(ids(feed)).toStrictEqual(["c", "b", "a"]);
});

test("only clips of the wanted kind are asked for and taken", async () => {
  const connection = home([clip("a", 1, { kinds: ["ring"] })]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { kinds: ["ring"] });
  await settle();
  const asked = connection.sent.find((one) => one.type === "doorwatch/clips/list");
  expect(asked?.["kinds"]).toStrictEqual(["ring"]);
  const { send } = connection.last("doorwatch/clips/subscribe");
  send({ type: "saved", clip: clip("b", 2, { kinds: ["motion"] }) });
  send({ type: "saved", clip: clip("c", 3, { kinds: ["ring"] }) });
  expect(ids(feed)).toStrictEqual(["c", "a"]);
});

test("from a day on, newer clips follow the newest one shown", async () => {
  const until = "2026-11-24T12:10:00+00:00";
  const connection = home([clip("b", 5)], true);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { kinds: ["ring"] }, async () => until);
  await settle();
  const asked = connection.sent.find((one) => one.type === "doorwatch/clips/list");
  expect(asked?.["before"]).toBe(until);
  expect(feed.newer).toBe(true);
  const { send } = connection.last("doorwatch/clips/subscribe");
  // Clips older than those loaded arrive with the next page.
  send({ type: "saved", clip: clip("z", 50, { kinds: ["ring"] }) });
  expect(ids(feed)).toStrictEqual(["b"]);
  connection.answers["doorwatch/clips/list"] = (message) => {
    expect(message["after"]).toBe(clip("b", 5).started_at);
    return { clips: [clip("z", 50), clip("c", 20)], more: false };
  };
  await feed.loadNewer();
  expect(ids(feed)).toStrictEqual(["z", "c", "b"]);
  expect(feed.newer).toBe(false);
});

test("whether a new clip is found is asked of the home", async () => {
  const connection = home([clip("a", 1)]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { query: "garden" });
  await settle();
  const { send } = connection.last("doorwatch/clips/subscribe");
  connection.answers["doorwatch/clips/list"] = () => ({ clips: [], more: false });
  send({ type: "saved", clip: clip("b", 2) });
  await settle();
  expect(ids(feed)).toStrictEqual(["a"]);
  connection.answers["doorwatch/clips/list"] = () => ({
    clips: [clip("c", 3)],
    more: false,
  });
  send({ type: "saved", clip: clip("c", 3) });
  await settle();
  expect(ids(feed)).toStrictEqual(["c", "a"]);
});

test("what is shown stays, though it does not fit any more", async () => {
  const connection = home([clip("a", 1, { protected: true })]);
  const feed = new ClipFeed(() => undefined);
  feed.start(connection, { protected: true });
  await settle();
  const { send } = connection.last("doorwatch/clips/subscribe");
  send({ type: "changed", clip: clip("a", 1, { protected: false }) });
  send({ type: "saved", clip: clip("b", 2, { protected: false }) });
  expect(ids(feed)).toStrictEqual(["a"]);
});
