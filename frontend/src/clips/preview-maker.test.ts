import { expect, test } from "vitest";
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
  expect(subscription.message["clip_id"]).toBe("a");
  subscription.send({ type: "progress", fraction: 0.5 });
  expect(maker.phase).toStrictEqual({ name: "making", fraction: 0.5 });
  subscription.send({ type: "ready", url: "/preview" });
  expect(maker.phase).toStrictEqual({ name: "ready", url: "/preview" });
  await settle();
  expect(subscription.unsubscribed).toBe(true);
});

test("giving up ends it, and what comes late changes nothing", async () => {
  const { connection, maker } = begun();
  await settle();
  const subscription = connection.last(TYPE);
  maker.stop();
  await settle();
  expect(subscription.unsubscribed).toBe(true);
  subscription.send({ type: "ready", url: "/preview" });
  expect(maker.phase).toStrictEqual({ name: "none" });
});

test("what goes wrong is told, and can be tried again", async () => {
  const { connection, maker } = begun();
  await settle();
  connection.last(TYPE).send({ type: "failed", code: "disk_full", message: "Full." });
  expect(maker.phase).toStrictEqual({
    name: "failed",
    failure: { code: "disk_full", message: "Full." },
  });
  connection.answers[TYPE] = () => {
    throw { code: "clip_unknown", message: "" };
  };
  await maker.make(connection, "a");
  expect(maker.phase.name === "failed" && maker.phase.failure.code).toBe(
    "clip_unknown",
  );
});

test("a lost connection ends it", async () => {
  const { connection, maker } = begun();
  await settle();
  const subscription = connection.last(TYPE);
  connection.fire("disconnected");
  expect(maker.phase.name === "failed" && maker.phase.failure.code).toBe(
    "preview_lost",
  );
  await settle();
  // On the next connection, its ID could belong to another subscription.
  expect(!subscription.unsubscribed).toBe(true);
});
