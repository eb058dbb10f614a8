import { expect, test } from "vitest";
import { fileName } from "./snapshot.ts";

test("a snapshot is named after the doorbell and the time of its image", () => {
  const moment = Date.parse("2026-11-24T17:54:07.900Z");
  expect(fileName("Front door", moment, "Europe/Berlin")).toBe(
    "Front door 2026-11-24 18-54-07.jpg",
  );
  expect(fileName("a/b: c?", moment, "UTC")).toBe("a-b- c- 2026-11-24 17-54-07.jpg");
});
