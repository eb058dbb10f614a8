import { expect, test } from "vitest";
import { clip } from "../../mock/hass.ts";
import { FakeConnection, settle } from "../api/fake-connection.ts";
import { BinFeed } from "./bin-feed.ts";

test("what anybody deletes or restores is read anew", async () => {
  const connection = new FakeConnection();
  let deleted = [clip(1)];
  connection.answers["doorwatch/clips/deleted"] = () => ({ clips: deleted });
  const bin = new BinFeed(() => undefined);
  bin.start(connection);
  await settle();
  expect(bin.status).toBe("ready");
  expect(bin.clips.map(({ clip_id }) => clip_id)).toStrictEqual(["clip-1"]);
  deleted = [clip(2), clip(1)];
  connection
    .last("doorwatch/clips/subscribe")
    .send({ type: "removed", clip_id: "clip-2" });
  await settle();
  expect(bin.clips.length).toBe(2);
  bin.remove("clip-1");
  expect(bin.clips.map(({ clip_id }) => clip_id)).toStrictEqual(["clip-2"]);
});
