import { expect, test } from "vitest";
import { FakeConnection, settle } from "./fake-connection.ts";
import { HomeFeed, NO_REQUESTS } from "./home-feed.ts";

function home(): FakeConnection {
  const connection = new FakeConnection();
  connection.answers = {
    "doorwatch/doorbells": () => ({
      doorbells: [{ doorbell_id: "d1", name: "Front door" }],
    }),
    "doorwatch/seen": () => ({ seen: { d1: "2026-11-24T12:00:00+00:00" } }),
    "doorwatch/seen/mark": (message) => ({ seen: message["seen"] }),
  };
  return connection;
}

test("a doorbell that is called otherwise is so at once", async () => {
  const connection = home();
  let drawn = 0;
  const feed = new HomeFeed(() => (drawn += 1));
  feed.start(connection);
  await settle();
  expect(feed.doorbells.map((one) => one.name)).toStrictEqual(["Front door"]);
  const { send } = connection.last("doorwatch/doorbells/subscribe");
  const before = drawn;
  send({ doorbells: [{ doorbell_id: "d1", name: "Garden gate" }] });
  expect(feed.doorbells.map((one) => one.name)).toStrictEqual(["Garden gate"]);
  expect(drawn).toBe(before + 1);
});

test("shares carry the moment until which they can be undone", async () => {
  const connection = home();
  const feed = new HomeFeed(() => undefined);
  feed.start(connection);
  await settle();
  const { send } = connection.last("doorwatch/shares/subscribe");
  send({ type: "all", shares: [{ share_id: "s", cancel_in: 10, state: "waiting" }] });
  const until = feed.shares[0]?.cancelUntil ?? 0;
  expect(Math.abs(until - performance.now() - 10_000) < 1_000).toBe(true);
  send({
    type: "changed",
    share: { share_id: "s", cancel_in: null, state: "delivered" },
  });
  expect(feed.shares.map((one) => [one.state, one.cancelUntil])).toStrictEqual([
    ["delivered", null],
  ]);
  feed.stop();
});

test("proposals come, change and go", async () => {
  const connection = home();
  const feed = new HomeFeed(() => undefined);
  feed.start(connection);
  await settle();
  const { send } = connection.last("doorwatch/proposals/subscribe");
  const shown = (): string[] => feed.proposals.map((one) => one.proposal_id);
  send({ type: "all", proposals: [{ proposal_id: "a" }] });
  send({ type: "changed", proposal: { proposal_id: "b" } });
  expect(shown()).toStrictEqual(["b", "a"]);
  send({ type: "removed", proposal_id: "a" });
  expect(shown()).toStrictEqual(["b"]);
});

test("what is recorded is always the whole of it", async () => {
  const connection = home();
  const feed = new HomeFeed(() => undefined);
  feed.start(connection);
  await settle();
  const { send } = connection.last("doorwatch/recordings/subscribe");
  send({ recordings: [{ doorbell_id: "d1" }] });
  expect(feed.recordings.length).toBe(1);
  send({ recordings: [] });
  expect(feed.recordings.length).toBe(0);
});

test("what this person has seen is kept by the home", async () => {
  const connection = home();
  const feed = new HomeFeed(() => undefined);
  feed.start(connection);
  await settle();
  expect(feed.seen).toStrictEqual({ d1: "2026-11-24T12:00:00+00:00" });
  await feed.markSeen({ d1: "2026-11-24T13:00:00+00:00" });
  expect(feed.seen).toStrictEqual({ d1: "2026-11-24T13:00:00+00:00" });
});

test("the doorbells are read anew after a reconnect", async () => {
  const connection = home();
  const feed = new HomeFeed(() => undefined);
  feed.start(connection);
  await settle();
  connection.fire("disconnected");
  connection.answers["doorwatch/doorbells"] = () => ({ doorbells: [] });
  connection.fire("ready");
  await settle();
  expect(feed.doorbells).toStrictEqual([]);
  feed.stop();
});

test("what is asked here is always the whole of it", async () => {
  const connection = home();
  const feed = new HomeFeed(() => undefined);
  feed.start(connection);
  await settle();
  expect(feed.requests).toBe(NO_REQUESTS);
  const { send } = connection.last("doorwatch/requests/subscribe");
  send({ ...NO_REQUESTS, requests: [{ request_id: "a" }] });
  expect(feed.requests.requests.length).toBe(1);
  send(NO_REQUESTS);
  expect(feed.requests.requests.length).toBe(0);
});
