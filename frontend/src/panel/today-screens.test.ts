/** What is on the first screen of Today, and that nothing moves while it loads. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { page } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { DoorwatchPanel } from "./panel.ts";

const here = location.pathname + location.search;

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, "", "/doorwatch");
  // As Home Assistant does.
  document.documentElement.style.fontSize = "14px";
  document.body.style.margin = "0";
});
afterEach(async () => {
  document.body.replaceChildren();
  document.documentElement.style.fontSize = "";
  document.body.style.margin = "";
  history.replaceState(null, "", here);
  await page.viewport(414, 896);
});

type Size = readonly [number, number];

async function open(size: Size, state: string, delay = 0): Promise<DoorwatchPanel> {
  await page.viewport(size[0], size[1]);
  const connection = new MockConnection(state);
  connection.delay = delay;
  const panel = new DoorwatchPanel();
  panel.hass = makeHass(connection, state);
  panel.narrow = size[0] <= 870;
  document.body.replaceChildren(panel);
  return panel;
}

const today = (panel: DoorwatchPanel) =>
  panel.renderRoot.querySelector("doorwatch-today")?.renderRoot;
const clips = (panel: DoorwatchPanel) =>
  today(panel)?.querySelector("doorwatch-clip-list")?.renderRoot.querySelectorAll("li");
const isOpen = (panel: DoorwatchPanel) =>
  today(panel)?.querySelector(".waiting") === null && (clips(panel)?.length ?? 0) > 1;

/** The layout shift since the page was opened, and whether it was seen at all. */
function watch(): { shift: () => number; stop: () => void } {
  let shift = 0;
  const take = (entries: PerformanceEntryList): void => {
    for (const entry of entries as (PerformanceEntry & { value: number })[])
      shift += entry.value;
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type: "layout-shift" });
  return {
    shift: () => {
      take(observer.takeRecords());
      return shift;
    },
    stop: () => observer.disconnect(),
  };
}

const frames = async (count: number): Promise<void> => {
  for (let frame = 0; frame < count; frame += 1)
    await new Promise(requestAnimationFrame);
};

test("layout shift is seen by this browser", async () => {
  const watched = watch();
  const above = document.createElement("div");
  const below = document.createElement("div");
  below.textContent = "Below";
  below.style.height = "300px";
  document.body.replaceChildren(above, below);
  await frames(3);
  above.style.height = "200px";
  await expect.poll(watched.shift).toBeGreaterThan(0.1);
  watched.stop();
});

test.for([
  [[390, 844], "one-door"],
  [[390, 844], "clips"],
  [[390, 844], "shares"],
  [[390, 844], "eight-doors"],
  [[844, 390], "clips"],
  [[1280, 800], "one-door"],
  [[1280, 800], "clips"],
  [[1280, 800], "eight-doors"],
] as const)(
  "nothing moves while a page of %j is loading: %s",
  async ([size, state]) => {
    await page.viewport(size[0], size[1]);
    document.body.replaceChildren();
    await frames(3);
    const watched = watch();
    const panel = await open(size, state, 20);
    await expect.poll(() => isOpen(panel), { timeout: 5_000 }).toBe(true);
    await frames(20);
    const shift = watched.shift();
    watched.stop();
    expect(shift).toBeLessThanOrEqual(0.05);
  },
);

/** Whether an element is on the screen as a whole. */
function isOnScreen(element: Element | null | undefined): boolean {
  if (!element) return false;
  const { top, bottom, left, right } = element.getBoundingClientRect();
  return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
}

test.for(["one-door", "clips", "shares"])(
  "two clips are on the first screen of a phone: %s",
  async (state) => {
    const panel = await open([390, 844], state);
    await expect.poll(() => isOpen(panel)).toBe(true);
    const [first, second] = clips(panel) ?? [];
    await expect.poll(() => isOnScreen(first)).toBe(true);
    expect(isOnScreen(second)).toBe(true);
    const notices = today(panel)?.querySelector("doorwatch-today-notices");
    expect(notices?.getBoundingClientRect().height).toBeLessThanOrEqual(48);
  },
);

test("a phone in landscape shows the picture and clips", async () => {
  const panel = await open([844, 390], "one-door");
  await expect.poll(() => isOpen(panel)).toBe(true);
  expect(isOnScreen(today(panel)?.querySelector("doorwatch-still"))).toBe(true);
  const [first, second] = clips(panel) ?? [];
  await expect.poll(() => isOnScreen(first)).toBe(true);
  expect(isOnScreen(second)).toBe(true);
});

test.for(["one-door", "clips", "eight-doors"])(
  "a desktop shows live view and list side by side, above the timeline: %s",
  async (state) => {
    const panel = await open([1280, 800], state);
    await expect.poll(() => isOpen(panel)).toBe(true);
    const box = (selector: string): DOMRect | undefined =>
      today(panel)?.querySelector(selector)?.getBoundingClientRect();
    const stills = [...(today(panel)?.querySelectorAll("doorwatch-still") ?? [])];
    expect(stills.every(isOnScreen)).toBe(true);
    const [still] = stills;
    if (state === "one-door")
      expect(still?.getBoundingClientRect().width).toBeGreaterThan(700);
    expect(box(".list")?.left).toBeGreaterThan(box(".stills")?.right ?? Infinity);
    const day = box("doorwatch-day-view");
    expect(day?.width).toBeGreaterThan(1_200);
    expect(day?.top).toBeGreaterThanOrEqual(box(".now")?.bottom ?? Infinity);
  },
);

test("the second doorbell of a phone is as large as the first", async () => {
  const panel = await open([390, 844], "clips");
  await expect.poll(() => isOpen(panel)).toBe(true);
  const [first, second] = today(panel)?.querySelectorAll("doorwatch-still") ?? [];
  expect(isOnScreen(second)).toBe(true);
  expect(second?.clientWidth).toBe(first?.clientWidth);
});

test("two doorbells fill the space beside the list on a desktop", async () => {
  const panel = await open([1280, 800], "clips");
  await expect.poll(() => isOpen(panel)).toBe(true);
  const now = today(panel)?.querySelector(".now")?.getBoundingClientRect();
  const tiles = [...(today(panel)?.querySelectorAll(".stills > *") ?? [])].map((one) =>
    one.getBoundingClientRect(),
  );
  expect(tiles).toHaveLength(2);
  for (const { width, height } of tiles) {
    expect(width / height).toBeGreaterThanOrEqual(1.33);
    expect(width / height).toBeLessThan(1.78);
  }
  const below = (now?.bottom ?? 0) - (tiles[0]?.bottom ?? 0);
  // A line of notices is there.
  expect(below).toBeLessThan(100);
});
