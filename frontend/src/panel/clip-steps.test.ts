import { expect, test } from "vitest";
import { ClipSteps } from "./clip-steps.ts";

function from(older: string | null, newer: string | null, settled = true) {
  const gone: string[] = [];
  const neighbors = { settled, older, newer };
  const steps = new ClipSteps(neighbors, (id) => gone.push(id));
  // Stored for all pages, so another test may have turned it off.
  steps.autoNext.on = true;
  return { gone, neighbors, steps };
}

test("a step waits until the clip is there", () => {
  const { gone, neighbors, steps } = from("clip-2", null, false);
  steps.step("older");
  steps.settle();
  expect(gone).toStrictEqual([]);
  Object.assign(neighbors, { settled: true, older: "clip-3" });
  steps.settle();
  steps.settle();
  expect(gone).toStrictEqual(["clip-3"]);
  steps.step("newer");
  expect(gone).toStrictEqual(["clip-3"]);
});

test("earlier is on the left, or on the right in languages that begin there", () => {
  const { gone, steps } = from("clip-2", "clip-0");
  steps.stepTo("left", false);
  steps.stepTo("left", true);
  expect(gone).toStrictEqual(["clip-2", "clip-0"]);
});

test("only a clip that follows another one plays on", () => {
  const { steps } = from("clip-2", "clip-0");
  steps.goOn();
  expect(steps.goesOn).toBe(true);
  steps.step("older");
  expect(steps.goesOn).toBe(false);
});

test("a clip that has ended stays for a person who is busy, or wants it to", () => {
  const { gone, steps } = from("clip-2", "clip-0");
  steps.goOn(true);
  steps.autoNext.on = false;
  steps.goOn();
  expect(gone).toStrictEqual([]);
  steps.autoNext.on = true;
  steps.goOn();
  expect(gone).toStrictEqual(["clip-0"]);
});

test("the end of a clip does not lead back from where somebody goes", () => {
  const { gone, neighbors, steps } = from("clip-2", "clip-0");
  steps.step("older");
  neighbors.settled = false;
  steps.goOn();
  Object.assign(neighbors, { settled: true, newer: "clip-1" });
  steps.settle();
  expect(gone).toStrictEqual(["clip-2"]);
});
