import { afterEach, expect, test, vi } from "vitest";
import { FakeConnection, settle } from "../api/fake-connection.ts";
import { SendSession, type Sharer } from "./send-session.ts";

const PREPARE = "doorwatch/copy/prepare";
const REQUEST = { clip_id: "c", edits: { audio: false } };
const READY = {
  type: "ready",
  url: "/copy",
  download: "/copy?download=1",
  name: "front_door.mp4",
  size: 3,
  sha256: "ab",
  audio: false,
  expires_in: 3600,
};

afterEach(() => vi.restoreAllMocks());

function answering(content: Response | Error) {
  return vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(() =>
      content instanceof Error ? Promise.reject(content) : Promise.resolve(content),
    );
}

async function ready(
  sharer: Sharer,
  content: Response | Error = new Response("mp4"),
): Promise<{
  session: SendSession;
  connection: FakeConnection;
  fetched: ReturnType<typeof answering>;
}> {
  const fetched = answering(content);
  const connection = new FakeConnection();
  const session = new SendSession(
    connection,
    (path) => `https://home.test${path}`,
    () => undefined,
    sharer,
  );
  void session.prepare(REQUEST);
  await settle();
  connection.last(PREPARE).send(READY);
  await vi.waitFor(() => expect(session.phase.name).toBe("ready"));
  return { session, connection, fetched };
}

const fileOf = ({ phase }: SendSession): File | undefined =>
  phase.name === "ready" ? phase.file : undefined;
const sourceOf = ({ phase }: SendSession): string =>
  phase.name === "ready" ? phase.source : "";

test("a copy that other apps can take is passed on as it was fetched, after a tap", async () => {
  const share = vi.fn(() => Promise.resolve());
  const { session, connection } = await ready({ canShare: () => true, share });
  const file = fileOf(session);
  expect(file?.name).toBe("front_door.mp4");
  expect(file?.type).toBe("video/mp4");
  expect(await file?.text()).toBe("mp4");
  expect(sourceOf(session)).toMatch(/^blob:/);
  expect(share).not.toHaveBeenCalled();
  await session.send();
  expect(share).toHaveBeenCalledExactlyOnceWith({ files: [file] });
  expect(session.passedOn).toBe(true);
  expect(connection.last(PREPARE).unsubscribed).toBe(true);
  session.close();
});

test.each([
  ["over http, where there is neither", {}],
  ["without canShare", { share: vi.fn() }],
  ["if no app takes videos", { canShare: () => false, share: vi.fn() }],
] as [string, Sharer][])(
  "the copy is played from the home and downloaded %s",
  async (_, sharer) => {
    const { session, fetched } = await ready(sharer);
    expect(fileOf(session)).toBeUndefined();
    expect(sourceOf(session)).toBe("https://home.test/copy");
    expect(fetched).not.toHaveBeenCalled();
    await session.send();
    expect(session.passedOn).toBe(false);
    expect(session.failure).toBeUndefined();
    session.close();
  },
);

test.each([
  ["is not found", new Response("", { status: 404 })],
  ["cannot be fetched", new Error("offline")],
])("a copy that %s can only be downloaded", async (_, content) => {
  const sharer = { canShare: () => true, share: vi.fn() };
  const { session } = await ready(sharer, content);
  expect(fileOf(session)).toBeUndefined();
  session.close();
});

test("closing the choice of apps is no error, and it can be opened again", async () => {
  const share = vi
    .fn<() => Promise<void>>()
    .mockRejectedValueOnce(new DOMException("", "AbortError"))
    .mockResolvedValueOnce();
  const { session } = await ready({ canShare: () => true, share });
  await session.send();
  expect(session.failure).toBeUndefined();
  expect(session.passedOn).toBe(false);
  await session.send();
  expect(session.passedOn).toBe(true);
  session.close();
});

test("a copy that the device refuses is still there to be downloaded", async () => {
  // As Chrome does for more than 50 MB.
  const share = () => Promise.reject(new DOMException("", "NotAllowedError"));
  const { session } = await ready({ canShare: () => true, share });
  await session.send();
  expect(session.failure?.code).toBe("not_passed_on");
  expect(session.phase.name).toBe("ready");
  session.close();
});

test("a double tap opens one choice of apps", async () => {
  let chosen = (): void => undefined;
  const share = vi.fn(() => new Promise<void>((resolve) => (chosen = resolve)));
  const { session } = await ready({ canShare: () => true, share });
  const taps = Promise.all([session.send(), session.send()]);
  expect(share).toHaveBeenCalledTimes(1);
  expect(session.choosing).toBe(true);
  chosen();
  await taps;
  expect(session.choosing).toBe(false);
  session.close();
});

test("going back cancels what is being prepared", async () => {
  const connection = new FakeConnection();
  const session = new SendSession(connection, String, () => undefined, {});
  void session.prepare(REQUEST);
  await settle();
  session.edit();
  await settle();
  expect(connection.last(PREPARE).unsubscribed).toBe(true);
  connection.last(PREPARE).send(READY);
  await settle();
  expect(session.phase.name).toBe("form");
  session.close();
});

test("a refusal and a lost connection lead back to the form", async () => {
  const connection = new FakeConnection();
  connection.answers[PREPARE] = () => {
    throw { code: "not_allowed", message: "no" };
  };
  const session = new SendSession(connection, String, () => undefined, {});
  await session.prepare(REQUEST);
  expect(session.failure).toStrictEqual({ code: "not_allowed", message: "no" });
  connection.answers = {};
  await session.prepare(REQUEST);
  connection.last(PREPARE).send({ type: "error", code: "disk_full" });
  expect(session.phase.name).toBe("form");
  expect(session.failure?.code).toBe("disk_full");
  await session.prepare(REQUEST);
  connection.fire("disconnected");
  expect(session.phase.name).toBe("form");
  expect(session.failure?.code).toBe("connection_lost");
  session.close();
});

test("a copy that is ready outlives the connection, but not its hour", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const connection = new FakeConnection();
    const session = new SendSession(connection, String, () => undefined, {});
    void session.prepare(REQUEST);
    connection.last(PREPARE).send(READY);
    await vi.waitFor(() => expect(session.phase.name).toBe("ready"));
    connection.fire("disconnected");
    expect(session.phase.name).toBe("ready");
    vi.advanceTimersByTime(3_600_000);
    expect(session.phase.name).toBe("form");
    expect(session.failure?.code).toBe("copy_expired");
    session.close();
  } finally {
    vi.useRealTimers();
  }
});
