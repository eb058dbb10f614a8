import { afterEach, beforeEach, expect, test, vi, type MockInstance } from "vitest";
import { MockConnection } from "../../mock/hass.ts";
import { Talk, type TalkFailure } from "./talk.ts";

const ENTITY = "camera.doorbell_1_talk";

const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
let getMicrophone: MockInstance<MediaDevices["getUserMedia"]>;
let connection: MockConnection;
let talk: Talk;
/** All tracks of microphones that were opened. */
let tracks: MediaStreamTrack[];
let hidden: boolean | undefined;
Object.defineProperty(document, "hidden", { get: () => hidden ?? false });

beforeEach(() => {
  connection = new MockConnection("clips");
  talk = new Talk(() => undefined);
  tracks = [];
  getMicrophone = vi.spyOn(navigator.mediaDevices, "getUserMedia");
  getMicrophone.mockImplementation(async (asked) => {
    const stream = await real(asked);
    tracks.push(...stream.getTracks());
    return stream;
  });
});

afterEach(() => {
  talk.end();
  hidden = false;
  vi.restoreAllMocks();
});

const begin = (): Promise<void> => talk.start(connection, ENTITY);

async function talking(): Promise<void> {
  await begin();
  await expect.poll(() => talk.state).toBe("talking");
  await expect.poll(() => connection.peer.received()).toBeGreaterThan(1_000);
}

/** Expect that no microphone, peer or subscription is left. */
async function expectOver(failure?: TalkFailure): Promise<void> {
  await expect.poll(() => talk.state).toBe("idle");
  expect(talk.failure).toBe(failure);
  expect(talk.microphone).toBeUndefined();
  expect(tracks.length).toBeGreaterThan(0);
  expect(tracks.map((one) => one.readyState)).toStrictEqual(tracks.map(() => "ended"));
}

const told = (): number =>
  connection.sent.filter(
    ({ type, what }) => type === "unsubscribe" && what === "camera/webrtc/offer",
  ).length;

test("what the microphone hears reaches the other end, until it is let go of", async () => {
  await talking();
  talk.end();
  await expectOver();
  await expect.poll(told).toBe(1);
});

test("it offers to send sound that doorbells understand, and asks for nothing", async () => {
  await talking();
  const [offer = ""] = connection.peer.offers;
  expect(offer.match(/^m=/gm)).toStrictEqual(["m="]);
  expect(offer).toMatch(/^a=sendonly/m);
  expect(offer).not.toMatch(/^a=(recvonly|sendrecv)/m);
  expect(offer).toMatch(/PCMU\/8000/);
  const said = connection.sent.filter(({ type }) => type.startsWith("camera/"));
  expect(new Set(said.map((one) => one["entity_id"]))).toStrictEqual(new Set([ENTITY]));
  expect(said.some(({ type }) => type === "camera/webrtc/candidate")).toBe(true);
});

const leave: [string, TalkFailure, () => void][] = [
  ["the window is left", "left", () => window.dispatchEvent(new Event("blur"))],
  [
    "the page is hidden, or the phone locked",
    "left",
    () => {
      hidden = true;
      document.dispatchEvent(new Event("visibilitychange"));
    },
  ],
  ["the page is closed", "left", () => window.dispatchEvent(new Event("pagehide"))],
  [
    "another page of Home Assistant comes",
    "left",
    () => window.dispatchEvent(new Event("location-changed")),
  ],
  ["somebody goes back", "left", () => window.dispatchEvent(new Event("popstate"))],
  ["the home is lost", "lost", () => connection.drop()],
  [
    "the microphone is taken away",
    "no_microphone",
    () => tracks[0]?.dispatchEvent(new Event("ended")),
  ],
];
for (const [what, failure, act] of leave)
  test(`it ends when ${what}`, async () => {
    await talking();
    act();
    await expectOver(failure);
  });

test("it ends when the other end is gone", async () => {
  await talking();
  connection.peer.sessions[0]?.close();
  await expect.poll(() => talk.state, { timeout: 20_000 }).toBe("idle");
  await expectOver("lost");
}, 30_000);

test("it ends when the home says that somebody else talks, or nobody", async () => {
  const name = "Robin Example";
  for (const [at, next] of [
    { name: "Kim", since: "2", session_id: null, ends_soon: false },
    // Another tab of the same user, or the previous session.
    { name, since: "2", session_id: null, ends_soon: false },
    { name, since: "2", session_id: "older", ends_soon: false },
    null,
  ].entries()) {
    tracks = [];
    await talking();
    talk.heard(null); // not known yet
    // The name does not matter.
    talk.heard({ name: "R.", since: "1", session_id: String(at), ends_soon: false });
    talk.heard({ name: "R.", since: "1", session_id: String(at), ends_soon: false });
    expect(talk.state).toBe("talking");
    talk.heard(next);
    await expectOver("ended");
  }
});

test("let go of before it is connected, nothing of it stays", async () => {
  const begun = begin();
  talk.end();
  await begun;
  await expect.poll(() => tracks.map((one) => one.readyState)).toStrictEqual(["ended"]);
  await expectOver();
  expect(connection.peer.offers).toStrictEqual([]);
});

test("a microphone that is given when nobody holds the button is let go of", async () => {
  let give: () => void = () => undefined;
  getMicrophone.mockImplementation(async (asked) => {
    await new Promise<void>((resolve) => (give = resolve));
    const stream = await real(asked);
    tracks.push(...stream.getTracks());
    return stream;
  });
  const begun = begin();
  talk.end();
  give();
  await begun;
  await expect.poll(() => talk.allowed).toBe(true);
  await expectOver();
});

test("the browser's question takes the window's focus, and the microphone is allowed", async () => {
  let give: () => void = () => undefined;
  getMicrophone.mockImplementation(async (asked) => {
    await new Promise<void>((resolve) => (give = resolve));
    const stream = await real(asked);
    tracks.push(...stream.getTracks());
    return stream;
  });
  const begun = begin();
  window.dispatchEvent(new Event("blur"));
  give();
  await begun;
  await expect.poll(() => talk.allowed).toBe(true);
  await expectOver();
});

test("a home that never answers is waited for no longer than a quarter of a minute", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    vi.spyOn(connection, "subscribeMessage").mockReturnValue(
      new Promise(() => undefined),
    );
    void begin();
    expect(talk.state).toBe("connecting");
    vi.advanceTimersByTime(14_999);
    expect(talk.state).toBe("connecting");
    vi.advanceTimersByTime(1);
    expect(talk.state).toBe("idle");
    expect(talk.failure).toBe("no_way");
  } finally {
    vi.useRealTimers();
  }
  // The browser stops it a moment later.
  await expect.poll(() => tracks.map((one) => one.readyState)).toStrictEqual(["ended"]);
});

test("the home is not asked before the browser gives the microphone", async () => {
  vi.spyOn(navigator.permissions, "query").mockResolvedValue({
    state: "prompt",
  } as PermissionStatus);
  getMicrophone.mockRejectedValue(new DOMException("", "NotAllowedError"));
  await begin();
  expect(talk.failure).toBe("blocked");
  expect(connection.sent).toStrictEqual([]);
});

test("each way in which a browser gives no microphone is told apart", async () => {
  for (const [name, failure] of [
    ["NotAllowedError", "blocked"],
    ["NotFoundError", "no_microphone"],
    ["NotReadableError", "microphone_busy"],
    ["TypeError", "unsupported"],
  ]) {
    getMicrophone.mockRejectedValueOnce(new DOMException("", name));
    await begin();
    await expect.poll(() => talk.failure).toBe(failure);
    expect(talk.state).toBe("idle");
  }
});

test("what the browser lacks is not told in the words of its programmers", async () => {
  vi.spyOn(RTCRtpTransceiver.prototype, "setCodecPreferences").mockImplementation(
    () => {
      throw new TypeError("setCodecPreferences is not a function");
    },
  );
  await begin();
  expect(talk.failure).toBe("unsupported");
  expect(talk.message).toBe("");
  await expect.poll(() => tracks.map((one) => one.readyState)).toStrictEqual(["ended"]);
});

test("what the home refuses is told in its words", async () => {
  vi.spyOn(connection, "subscribeMessage").mockImplementation(async (callback) => {
    callback({ type: "error", code: "talk", message: "Kim is talking." });
    return async () => undefined;
  });
  await begin();
  await expectOver("refused");
  expect(talk.message).toBe("Kim is talking.");
});

test("a command that fails is told in its words, too", async () => {
  vi.spyOn(connection, "sendMessagePromise").mockRejectedValue({
    code: "webrtc_get_client_config_failed",
    message: "Camera does not support WebRTC",
  });
  await begin();
  expect(talk.failure).toBe("refused");
  expect(talk.message).toBe("Camera does not support WebRTC");
});
