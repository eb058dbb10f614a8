import { expect, test } from "vitest";
import { CommandRunner } from "./command-runner.ts";
import { FakeConnection } from "./fake-connection.ts";

test("a command that fails leaves its error until the next one succeeds", async () => {
  const connection = new FakeConnection();
  const seen: boolean[] = [];
  const runner: CommandRunner = new CommandRunner(
    () => connection,
    () => seen.push(runner.busy),
  );
  const send = (): Promise<boolean> =>
    runner.run((home) => home.sendMessagePromise({ type: "doorwatch/any" }));
  connection.answers["doorwatch/any"] = () => {
    throw { code: "not_allowed", message: "" };
  };
  expect(await send()).toBe(false);
  expect(runner.failure?.code).toBe("not_allowed");
  expect(seen).toStrictEqual([true, false]);
  connection.answers["doorwatch/any"] = () => null;
  expect(await send()).toBe(true);
  expect(runner.failure).toBeUndefined();
});
