import { expect, test } from "vitest";
import { FakeConnection, settle } from "../api/fake-connection.ts";
import { DayData } from "./day-data.ts";

function home(): FakeConnection {
  const connection = new FakeConnection();
  connection.answers = {
    "doorwatch/day": ({ day }) => ({ day, begins: "", ends: "", marks: [] }),
    "doorwatch/days": ({ month }) => ({
      days: { [`${String(month)}-03`]: 2 },
      first: "2026-09-03",
      last: "2026-11-03",
    }),
  };
  return connection;
}

test("a day is read with its month, and other months when somebody looks", async () => {
  const connection = home();
  const data = new DayData(() => undefined);
  data.start(connection, "2026-11-24", "d1");
  await settle();
  expect(data.day?.day).toBe("2026-11-24");
  await data.look("2026-10");
  expect(data.days).toStrictEqual({ "2026-11-03": 2, "2026-10-03": 2 });
  expect([data.first, data.last]).toStrictEqual(["2026-09-03", "2026-11-03"]);
  expect(connection.sent.every((one) => one["doorbell_id"] === "d1")).toBe(true);
});

test("days of one doorbell are not shown for another", async () => {
  const connection = home();
  const data = new DayData(() => undefined);
  data.start(connection, "2026-11-24", "d1");
  await settle();
  data.start(connection, "2026-10-24", undefined);
  expect(data.days).toStrictEqual({});
  // The previous day stays until the other one is loaded.
  expect(data.day?.day).toBe("2026-11-24");
  await settle();
  expect(data.day?.day).toBe("2026-10-24");
  expect(Object.keys(data.days)).toStrictEqual(["2026-10-03"]);
});

test("a clip that comes or goes is on the timeline soon", async () => {
  const connection = home();
  const data = new DayData(() => undefined);
  data.start(connection, "2026-11-24", undefined);
  await settle();
  connection.answers["doorwatch/day"] = ({ day }) => ({
    day,
    marks: [{ clip_id: "a" }],
  });
  connection.last("doorwatch/clips/subscribe").send({ type: "saved" });
  await expect.poll(() => data.day?.marks.length).toBe(1);
  data.stop();
});

test("a day does not wait for the days of its month", async () => {
  const connection = home();
  let answer: (days: unknown) => void = () => undefined;
  connection.answers["doorwatch/days"] = () =>
    new Promise((resolve) => (answer = resolve));
  const data = new DayData(() => undefined);
  data.start(connection, "2026-11-24", "d1");
  await settle();
  expect(data.day?.day).toBe("2026-11-24");
  answer({ days: { "2026-11-03": 2 }, first: null, last: null });
  await settle();
  expect(data.days).toStrictEqual({ "2026-11-03": 2 });
});
