import type { ReactiveControllerHost } from "lit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { navigate } from "../ha/navigate.ts";
import { PanelLocation } from "./panel-location.ts";
import { TODAY } from "./route.ts";

const START = location.pathname + location.search;
const nothing = (): void => undefined;
const host: ReactiveControllerHost = {
  addController: nothing,
  removeController: nothing,
  requestUpdate: nothing,
  updateComplete: Promise.resolve(true),
};
let moves: boolean[];
let panel: PanelLocation;

beforeEach(() => {
  history.replaceState(null, "", "/doorwatch?doorbell=front");
  moves = [];
  panel = new PanelLocation(host, (isOtherPage) => moves.push(isOtherPage));
  panel.hostConnected();
});
afterEach(() => {
  panel.hostDisconnected();
  history.replaceState(null, "", START);
});

test("the last place on Today is kept for the way back", () => {
  const today = { ...TODAY, doorbell: "front" };
  expect([panel.place, panel.today]).toStrictEqual([today, today]);
  navigate("/doorwatch/shared");
  expect([panel.place, panel.today]).toStrictEqual([{ page: "shared" }, today]);
  expect(moves).toStrictEqual([false, true]);
});

test("the same place is no move, and another page of Home Assistant is none", () => {
  navigate("/doorwatch?doorbell=front");
  navigate("/doorwatches");
  expect(moves).toHaveLength(1);
  expect(panel.place.page).toBe("today");
});

test("a panel that is not shown does not follow", () => {
  panel.hostDisconnected();
  navigate("/doorwatch/shared");
  expect(panel.place.page).toBe("today");
});
