import assert from "node:assert/strict";
import test from "node:test";
import { PreviewMaker } from "./preview-maker.ts";
import { FakeConnection, settle } from "../api/fake-connection.ts";

const TYPE = "doorwatch/clips/preview";

function begun(): { connection: FakeConnection; maker: PreviewMaker } {
  const connection = new FakeConnection();
  const maker = new PreviewMaker(() => undefined);
  void maker.make(connection, "a");
  return { connection, maker };
}

test("a preview is followed until it is there", async () => {
  const { connection, maker } = begun();
  await settle();
  const subscription = connection.last(TYPE);
  assert.equal(subscription.message["clip_id"], "a");
  subscription.send({ type: "progress", fraction: 0.5 });
  assert.deepEqual(maker.phase, { name: "making", fraction: 0.5 });
  subscription.send({ type: "ready", url: "/preview" });
  assert.deepEqual(maker.phase, { name: "ready", url: "/preview" });
  await settle();
  assert.ok(subscription.unsubscribed);
});

test("giving up ends it, and what comes late changes nothing", async () => {
  const { connection, maker } = begun();
  await settle();
  const subscription = connection.last(TYPE);
  maker.stop();
  await settle();
  assert.ok(subscription.unsubscribed);
  subscription.send({ type: "ready", url: "/preview" });
  assert.deepEqual(maker.phase, { name: "none" });
});

test("what goes wrong is told, and can be tried again", async () => {
  const { connection, maker } = begun();
  await settle();
  connection.last(TYPE).send({ type: "failed", code: "disk_full", message: "Full." });
  assert.deepEqual(maker.phase, {
    name: "failed",
    failure: { code: "disk_full", message: "Full." },
  });
  connection.answers[TYPE] = () => {
    throw { code: "clip_unknown", message: "" };
  };
  await maker.make(connection, "a");
  assert.equal(
    maker.phase.name === "failed" && maker.phase.failure.code,
    "clip_unknown",
  );
});

test("a lost connection ends it", async () => {
  const { connection, maker } = begun();
  await settle();
  const subscription = connection.last(TYPE);
  connection.fire("disconnected");
  assert.equal(
    maker.phase.name === "failed" && maker.phase.failure.code,
    "preview_lost",
  );
  await settle();
  // Its id could mean another subscription on the next connection.
  assert.ok(!subscription.unsubscribed);
});
