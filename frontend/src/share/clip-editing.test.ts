import { expect, test } from "vitest";
import { clip } from "../../mock/hass.ts";
import { FakeConnection } from "../api/fake-connection.ts";
import { ClipEditing } from "./clip-editing.ts";
import { SEND_STEPS, STEPS, type Step } from "./share-steps.ts";

const editing = (steps: readonly Step[], connection = new FakeConnection()) =>
  new ClipEditing(steps, connection, clip(0), () => undefined);

test("a copy to send has no step for a recipient", () => {
  const sending = editing(SEND_STEPS);
  expect([sending.next(), sending.step]).toStrictEqual(["moved", "cover"]);
  expect([sending.next(), sending.isLast]).toStrictEqual(["done", true]);
  sending.back();
  expect(sending.isFirst).toBe(true);
});

test("a mistake stops the step that has it, and is looked for again at the end", () => {
  const sending = editing(SEND_STEPS);
  sending.change({ start: "20", end: "10" });
  expect([sending.next(), sending.step]).toStrictEqual(["wrong", "part"]);
  expect(sending.showMistakes).toBe(true);
  sending.go("cover");
  expect([sending.next(), sending.step]).toStrictEqual(["wrong", "part"]);
});

test("an error leads to the step in which it can be fixed, else to the last", () => {
  for (const [steps, last] of [
    [SEND_STEPS, "cover"],
    [STEPS, "recipient"],
  ] as const) {
    const one = editing(steps);
    one.failed({ code: "disk_full", message: "" });
    expect(one.step).toBe(last);
    one.failed({ code: "nothing_left", message: "" });
    expect(one.step).toBe("part");
  }
});

test("what is loaded says whether this page may send", async () => {
  const connection = new FakeConnection();
  const refusal = { code: "foreign_client", message: "You logged in elsewhere." };
  connection.answers["doorwatch/agencies"] = () => ({ agencies: [], refusal });
  connection.answers["doorwatch/clips/link"] = () => ({ url: "/clip" });
  const sending = editing(SEND_STEPS, connection);
  expect(sending.blocked).toBeUndefined();
  await sending.load();
  expect(sending.source).toBe("/clip");
  expect(sending.blocked).toStrictEqual({ why: "elsewhere", refusal });
});
