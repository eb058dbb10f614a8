import { expect, test } from "vitest";
import { FakeConnection } from "../api/fake-connection.ts";
import { OfClip } from "./of-clip.ts";

test("it is fetched once for a clip", async () => {
  const asked: string[] = [];
  let drawn = 0;
  const name = new OfClip(
    async (_, clipId) => {
      asked.push(clipId);
      return `name of ${clipId}`;
    },
    () => (drawn += 1),
  );
  const connection = new FakeConnection();
  await name.want(connection, "clip-0");
  await name.want(connection, "clip-0");
  expect([asked, drawn]).toStrictEqual([["clip-0"], 1]);
  expect(name.get("clip-0")).toBe("name of clip-0");
  expect(name.get("clip-1")).toBeUndefined();
});

test("an answer that comes late is not that of the next clip", async () => {
  const answers = new Map<string, (name: string) => void>();
  const name = new OfClip(
    (_, clipId) => new Promise<string>((resolve) => answers.set(clipId, resolve)),
    () => undefined,
  );
  const connection = new FakeConnection();
  const first = name.want(connection, "clip-0");
  const second = name.want(connection, "clip-1");
  answers.get("clip-1")?.("second");
  answers.get("clip-0")?.("first");
  await Promise.all([first, second]);
  expect(name.get("clip-1")).toBe("second");
});

test("after a failure, it is tried again", async () => {
  let fails = true;
  const name = new OfClip(
    async () => {
      if (fails) throw { code: "no_picture", message: "" };
      return "name";
    },
    () => undefined,
  );
  const connection = new FakeConnection();
  await name.want(connection, "clip-0");
  expect(name.get("clip-0")).toBeUndefined();
  fails = false;
  await name.want(connection, "clip-0");
  expect(name.get("clip-0")).toBe("name");
});
