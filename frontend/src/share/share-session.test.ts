import { expect, test, vi } from "vitest";
import { ShareSession } from "./share-session.ts";
import { FakeConnection, settle } from "../api/fake-connection.ts";

const PREPARE = "doorwatch/share/prepare";
const REQUEST = {
  clip_id: "c",
  agency_id: "a",
  edits: { audio: false },
  personal: {},
};
const READY = {
  type: "ready",
  confirmation: "proof",
  expires_in: 600,
  preview_url: "/preview",
  small_preview: false,
  notice: {},
};
const tap = (trusted = true): Event => ({ isTrusted: trusted }) as Event;

async function ready(): Promise<[ShareSession, FakeConnection]> {
  const connection = new FakeConnection();
  connection.answers["call_service"] = () => ({ response: { share_id: "s" } });
  const session = new ShareSession(connection, () => undefined);
  void session.prepare(REQUEST);
  await settle();
  connection.last(PREPARE).send(READY);
  session.pictureShown();
  return [session, connection];
}

const shared = (connection: FakeConnection): number =>
  connection.sent.filter((one) => one.type === "call_service").length;

test("a real tap shares what was prepared, once", async () => {
  const [session, connection] = await ready();
  await Promise.all([session.share(tap()), session.share(tap())]);
  expect(session.phase.name).toBe("sent");
  expect(shared(connection)).toBe(1);
  expect(connection.sent.at(-1)).toStrictEqual({
    type: "call_service",
    domain: "doorwatch",
    service: "share_clip",
    service_data: { clip_id: "c", agency_id: "a", confirmation: "proof" },
    return_response: true,
  });
  session.close();
});

test("a click made by a script does not share", async () => {
  const [session, connection] = await ready();
  await session.share(tap(false));
  expect(session.phase.name).toBe("ready");
  expect(shared(connection)).toBe(0);
  session.close();
});

test("nothing is shared before its picture is there, also not of a later one", async () => {
  const [session, connection] = await ready();
  void session.prepare(REQUEST);
  await settle();
  session.pictureShown();
  connection.last(PREPARE).send(READY);
  await session.share(tap());
  expect(session.phase.name).toBe("ready");
  expect(shared(connection)).toBe(0);
  session.pictureShown();
  await session.share(tap());
  expect(shared(connection)).toBe(1);
  session.close();
});

test("nothing is shared before it was shown", async () => {
  const connection = new FakeConnection();
  const session = new ShareSession(connection, () => undefined);
  await session.share(tap());
  void session.prepare(REQUEST);
  await settle();
  connection.last(PREPARE).send({ type: "progress", stage: "staging", fraction: 0.5 });
  expect(session.phase).toStrictEqual({
    name: "preparing",
    stage: "staging",
    fraction: 0.5,
  });
  await session.share(tap());
  expect(shared(connection)).toBe(0);
  session.close();
});

test("going back and closing drop what was prepared", async () => {
  for (const leave of ["edit", "close"] as const) {
    const [session, connection] = await ready();
    session[leave]();
    await settle();
    expect(connection.last(PREPARE).unsubscribed).toBe(true);
    await session.share(tap());
    expect(shared(connection)).toBe(0);
    session.close();
  }
});

test("closing while it is prepared drops it as soon as that is possible", async () => {
  const connection = new FakeConnection();
  let answer: () => void = () => undefined;
  connection.answers[PREPARE] = () => new Promise<void>((done) => (answer = done));
  const session = new ShareSession(connection, () => undefined);
  void session.prepare(REQUEST);
  session.close();
  answer();
  await settle();
  expect(connection.last(PREPARE).unsubscribed).toBe(true);
});

test("events of an earlier prepare are not taken for the new one", async () => {
  const [session, connection] = await ready();
  const earlier = connection.last(PREPARE);
  void session.prepare(REQUEST);
  await settle();
  expect(earlier.unsubscribed).toBe(true);
  earlier.send(READY);
  expect(session.phase.name).toBe("preparing");
  session.close();
});

test("a refusal is told and leads back to the form", async () => {
  const connection = new FakeConnection();
  connection.answers[PREPARE] = () => {
    throw { code: "pin_wrong", message: "no" };
  };
  const session = new ShareSession(connection, () => undefined);
  await session.prepare(REQUEST);
  expect(session.phase.name).toBe("form");
  expect(session.failure).toStrictEqual({ code: "pin_wrong", message: "no" });
  session.close();
});

test("an error while the file is made is told in the words of the home", async () => {
  const connection = new FakeConnection();
  const session = new ShareSession(connection, () => undefined);
  await session.prepare(REQUEST);
  const failure = { code: "look_impossible", message: "No copy can be made." };
  connection.last(PREPARE).send({ type: "error", ...failure });
  expect(session.phase.name).toBe("form");
  expect(session.failure).toStrictEqual(failure);
  await settle();
  expect(connection.last(PREPARE).unsubscribed).toBe(true);
  session.close();
});

test("a PIN is asked for until the dialog closes once the home wanted one", async () => {
  const connection = new FakeConnection();
  const refuse = (code: string): void => {
    connection.answers[PREPARE] = () => {
      throw { code, message: "" };
    };
  };
  const session = new ShareSession(connection, () => undefined);
  refuse("pin_required");
  await session.prepare(REQUEST);
  expect([session.askPin, session.pinProblem?.code]).toStrictEqual([
    true,
    "pin_required",
  ]);
  refuse("clip_does_not_match");
  await session.prepare(REQUEST);
  expect([session.askPin, session.pinProblem]).toStrictEqual([true, undefined]);
  expect(session.doubted).toBe(true);
  session.close();
});

test("what waited too long is dropped, here and when the home says so", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    for (const late of [true, false]) {
      const connection = new FakeConnection();
      const session = new ShareSession(connection, () => undefined);
      void session.prepare(REQUEST);
      connection.last(PREPARE).send(READY);
      if (late) vi.advanceTimersByTime(600_000);
      else connection.last(PREPARE).send({ type: "error", code: "expired" });
      expect(session.phase.name).toBe("form");
      expect(session.failure?.code).toBe("expired");
      await session.share(tap());
      expect(shared(connection)).toBe(0);
      session.close();
    }
  } finally {
    vi.useRealTimers();
  }
});

test("a lost connection voids the confirmation and is never answered by a new one", async () => {
  const [session, connection] = await ready();
  const { length } = connection.subscriptions;
  connection.fire("disconnected");
  connection.fire("ready");
  await settle();
  expect(session.phase.name).toBe("form");
  expect(session.failure?.code).toBe("connection_lost");
  expect(connection.subscriptions.length).toBe(length);
  expect(connection.last(PREPARE).unsubscribed).toBe(false);
  session.close();
});

test("a connection lost just after the tap is told as that", async () => {
  const [session, connection] = await ready();
  connection.answers["call_service"] = () => {
    throw 3;
  };
  await session.share(tap());
  expect(session.failure?.code).toBe("connection_lost_after_tap");
  session.close();
});

test("a refused tap says why", async () => {
  const [session, connection] = await ready();
  connection.answers["call_service"] = () => {
    throw {
      code: "service_validation_error",
      translation_key: "confirmation_required",
      message: "…",
    };
  };
  await session.share(tap());
  expect(session.phase.name).toBe("form");
  expect(session.failure?.code).toBe("confirmation_required");
  session.close();
});
