import { afterEach, expect, test } from "vitest";
import { MockConnection } from "../../mock/hass.ts";
import type { Live } from "../api/commands.ts";
import { TalkSession } from "./talk-session.ts";

const LIVE: Live = {
  doorbell_id: "doorbell-1",
  camera_entity_id: null,
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: "camera.doorbell_1_talk",
  talk_problem: null,
  talker: null,
  rang_at: null,
};
const endsSoon: Live = {
  ...LIVE,
  talker: { name: "Robin", since: "1", session_id: "0", ends_soon: true },
};

let session: TalkSession;

afterEach(() => session.end());

async function talking(): Promise<MockConnection> {
  const connection = new MockConnection("clips");
  session = new TalkSession(
    () => connection,
    () => undefined,
  );
  session.follow(LIVE);
  session.hold.press(0);
  await expect.poll(() => session.talk.state).toBe("talking");
  return connection;
}

const kept = ({ sent }: MockConnection): number =>
  sent.filter(({ type }) => type === "doorwatch/talk/go_on").length;

test("the level of the microphone is measured while somebody talks", async () => {
  await talking();
  await expect.poll(() => session.level).toBeGreaterThan(0);
  session.hold.release(1_000);
  expect([session.talk.state, session.level]).toStrictEqual(["idle", 0]);
});

test("who holds the button keeps talking; who tapped it is asked", async () => {
  const connection = await talking();
  session.follow(endsSoon);
  session.follow(endsSoon);
  expect([session.endsSoon, kept(connection)]).toStrictEqual([true, 1]);
  session.end();
  session.hold.press(5_000);
  session.hold.release(5_100);
  await expect.poll(() => session.talk.state).toBe("talking");
  session.follow(endsSoon);
  expect(kept(connection)).toBe(1);
});

test("it ends when the doorbell can't be talked at any longer", async () => {
  await talking();
  session.follow({ ...LIVE, talk_problem: "not_allowed" });
  expect(session.talk.on).toBe(false);
});
