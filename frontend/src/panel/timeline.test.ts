import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { dayOf } from "../../mock/days.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { show, type MockHome } from "../../mock/show.ts";
import type { Day, Mark } from "../api/commands.ts";
import type { TimelineCard } from "./timeline-card.ts";
import { Timeline } from "./timeline.ts";

afterEach(() => {
  document.documentElement.dir = "";
});

const HOUR = 3_600;
const DOORBELLS = ["Front door", "Garden gate"].map((name, index) => ({
  doorbell_id: `doorbell-${index + 1}`,
  name,
  camera_entity_id: null,
  connected: true,
  records: true,
  detection: "on" as const,
  sleeps: false,
  may_share: true,
  may_control: true,
}));

const mark = (hour: number, change: Partial<Mark> = {}): Mark => ({
  clip_id: `clip-${hour}`,
  doorbell_id: "doorbell-1",
  at: hour * HOUR + 180,
  duration: 25,
  kinds: ["motion"],
  labels: [],
  protected: false,
  ...change,
});

const DAY: Day = {
  ...dayOf("2026-11-24"),
  marks: [
    mark(2, { protected: true, labels: ["person"] }),
    mark(6, { doorbell_id: "doorbell-2" }),
    mark(14, { kinds: ["ring", "motion"] }),
    mark(20, { kinds: ["manual"] }),
  ],
};

interface Shown {
  element: Timeline;
  home: MockHome;
  told: unknown[];
}

async function timeline(change: Partial<Timeline> = {}): Promise<Shown> {
  const element = new Timeline();
  Object.assign(element, { day: DAY, doorbells: DOORBELLS, ...change });
  element.style.marginBlockStart = "240px";
  const told: unknown[] = [];
  for (const name of ["clip", "open", "moment"])
    element.addEventListener(`timeline-${name}`, (event) =>
      told.push([name, Object.values((event as CustomEvent<object>).detail)[0]]),
    );
  const home = show(element);
  await element.updateComplete;
  await expect.poll(() => element.width).toBeGreaterThan(0);
  return { element, home, told };
}

const slider = page.getByRole("slider");
const button = (name: string) => page.getByRole("button", { name, exact: true });

function find(element: Timeline, selector: string): HTMLElement | null {
  return element.renderRoot.querySelector<HTMLElement>(selector);
}

/** The screen position of a time in the lane of the first doorbell. */
function placeOf(
  element: Timeline,
  hour: number,
): { clientX: number; clientY: number } {
  const box = find(element, ".strip")?.getBoundingClientRect() ?? new DOMRect();
  const { from, span } = element.view;
  const x = ((hour * HOUR + 180 - from) / span) * element.width;
  const rtl = document.documentElement.dir === "rtl";
  return { clientX: rtl ? box.right - x : box.left + x, clientY: box.top + 40 };
}

/** Synthetic: a real pointer belongs to the browser and moves over the page. */
function point(
  element: Timeline,
  type: string,
  hour: number,
  change: PointerEventInit = {},
): void {
  const strip = find(element, ".strip");
  if (strip) strip.setPointerCapture = () => undefined;
  strip?.dispatchEvent(
    new PointerEvent(`pointer${type}`, {
      bubbles: true,
      cancelable: true,
      pointerId: 1,
      pointerType: "mouse",
      ...placeOf(element, hour),
      ...change,
    }),
  );
}

const cardOf = (element: Timeline): string | undefined => {
  const card = find(element, "doorwatch-timeline-card")?.shadowRoot;
  return card?.querySelector("p")?.textContent.replaceAll(/\s+/g, " ").trim();
};

test("it is a slider whose values are the clips, in words", async () => {
  await timeline({ shared: new Set(["clip-6"]) });
  await expect.element(slider).toHaveAccessibleName("Timeline of Tuesday, November 24");
  const says = (text: string): Promise<unknown> =>
    expect.element(slider).toHaveAttribute("aria-valuetext", text);
  await says("Recorded by hand, 20:03, Front door, 4 of 4");
  await userEvent.tab();
  await userEvent.keyboard("{ArrowLeft}");
  await says("Ring, 14:03, Front door, 3 of 4");
  await userEvent.keyboard("{ArrowLeft}");
  await says("Motion, 06:03, Garden gate, Shared, 2 of 4");
  await userEvent.keyboard("{Home}");
  await says("Person, 02:03, Front door, Protected, 1 of 4");
});

test("keys go from clip to clip, an hour on, to both ends, and open", async () => {
  const { element, told } = await timeline({ clipId: "clip-6" });
  (slider.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{End}{Home}{PageUp}{PageDown}{Enter}");
  expect(told).toStrictEqual([
    ["clip", "clip-14"],
    ["clip", "clip-20"],
    ["clip", "clip-2"],
    ["clip", "clip-6"],
    ["clip", "clip-2"],
    ["open", "clip-2"],
  ]);
  expect(cardOf(element)).toBe("02:03 Person Front door");
  await userEvent.keyboard("{Escape}");
  await expect.poll(() => cardOf(element)).toBeUndefined();
});

test("a card that keys brought lets a mouse through, and makes way for it", async () => {
  const { element, told } = await timeline();
  (slider.element() as HTMLElement).focus();
  await expect.poll(() => cardOf(element)).toBeDefined();
  const box = find(element, ".card")?.getBoundingClientRect() ?? new DOMRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await expect.poll(() => document.elementFromPoint(x, y)).not.toBe(element);
  window.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse" }));
  await expect.poll(() => cardOf(element)).toBeUndefined();
  await userEvent.keyboard("{ArrowLeft}");
  await expect.poll(() => cardOf(element)).toBeDefined();
  expect(told).toStrictEqual([["clip", "clip-14"]]);
});

test("the picture of the clip under the pointer is fetched once somebody stays", async () => {
  const { element } = await timeline();
  point(element, "move", 14);
  await expect.poll(() => cardOf(element)).toBe("14:03 Ring Front door");
  const picture = (): string | undefined =>
    find(element, "doorwatch-timeline-card")?.shadowRoot?.querySelector(
      "doorwatch-thumbnail",
    )?.path;
  expect(picture()).toBe("");
  await expect.poll(picture).toBe("/api/doorwatch/thumbnail/clip-14");
  point(element, "move", 10);
  await expect.poll(() => cardOf(element)).toBeUndefined();
  expect(find(element, ".moment")?.textContent).toBe("10:03");
});

test("a press opens the clip that is meant, or tells the time where none is", async () => {
  const { element, told } = await timeline();
  point(element, "down", 14);
  point(element, "up", 14);
  point(element, "down", 10);
  point(element, "up", 10);
  expect(told).toStrictEqual([
    ["clip", "clip-14"],
    ["open", "clip-14"],
    ["moment", "2026-11-24T09:03:00.000Z"],
  ]);
});

test("dragging shows the moment under the pointer, or that there is none", async () => {
  const { element, told } = await timeline();
  point(element, "down", 3);
  point(element, "move", 10);
  await expect.poll(() => cardOf(element)).toBe("10:03 Front door");
  expect(find(element, "doorwatch-timeline-card")?.shadowRoot?.textContent).toContain(
    "Nothing recorded",
  );
  point(element, "up", 10);
  await expect.poll(() => cardOf(element)).toBeUndefined();
  expect(told).toStrictEqual([]);
});

test("a clip plays from the moment at which the pointer is released", async () => {
  const { element } = await timeline();
  const opened: unknown[] = [];
  element.addEventListener("timeline-open", (event) => {
    opened.push((event as CustomEvent<unknown>).detail);
  });
  point(element, "down", 10);
  point(element, "move", 14);
  const card = (): TimelineCard | null =>
    find(element, "doorwatch-timeline-card") as TimelineCard | null;
  await expect.poll(() => card()?.picture).toMatch(/^data:image/);
  expect(cardOf(element)).toMatch(/^14:03:\d\d Ring Front door$/);
  const { width } = card()?.getBoundingClientRect() ?? new DOMRect();
  expect(width).toBeGreaterThan(300);
  point(element, "up", 14);
  expect(opened).toStrictEqual([{ clip_id: "clip-14", at: 12 }]);
});

test("Escape cancels dragging, and so does a pointer far from the timeline", async () => {
  const { element, told } = await timeline();
  point(element, "down", 10);
  point(element, "move", 14);
  await expect.poll(() => cardOf(element)).toBeDefined();
  await userEvent.keyboard("{Escape}");
  await expect.poll(() => cardOf(element)).toBeUndefined();
  point(element, "up", 14);
  const { clientY } = placeOf(element, 14);
  point(element, "down", 10);
  point(element, "move", 14);
  point(element, "move", 14, { clientY: clientY - 200 });
  point(element, "up", 14, { clientY: clientY - 200 });
  expect(told).toStrictEqual([["clip", "clip-14"]]);
});

test("a drag ends when the timeline is removed", async () => {
  const { element, home, told } = await timeline();
  point(element, "down", 14);
  element.remove();
  home.append(element);
  point(element, "up", 14);
  expect(told).toStrictEqual([]);
});

test("under a finger the picture comes first, and opens the clip", async () => {
  const { element, told } = await timeline();
  const finger = { pointerType: "touch" };
  point(element, "down", 14, finger);
  point(element, "up", 14, finger);
  expect(told).toStrictEqual([["clip", "clip-14"]]);
  await expect.poll(() => cardOf(element)).toBe("14:03 Ring Front door");
  find(element, ".card")?.click();
  expect(told.at(-1)).toStrictEqual(["open", "clip-14"]);
});

test("it comes nearer by button and by key, around the chosen clip", async () => {
  const { element } = await timeline({ clipId: "clip-14" });
  await expect.element(button("Zoom out")).toHaveAttribute("aria-disabled", "true");
  const before = placeOf(element, 14).clientX;
  await userEvent.click(button("Zoom in"));
  expect(element.view.span).toBe(12 * HOUR);
  expect(placeOf(element, 14).clientX).toBeCloseTo(before, 3);
  await expect.element(page.getByRole("status")).toHaveTextContent("07:01 to 19:01");
  (slider.element() as HTMLElement).focus();
  await userEvent.keyboard("++++++++");
  await expect.element(button("Zoom in")).toHaveAttribute("aria-disabled", "true");
  await userEvent.keyboard("--------");
  await expect.element(button("Zoom out")).toHaveAttribute("aria-disabled", "true");
});

test("a clip that is chosen elsewhere is brought into view", async () => {
  const { element } = await timeline({ clipId: "clip-2" });
  await userEvent.click(button("Zoom in"));
  await userEvent.click(button("Zoom in"));
  element.clipId = "clip-20";
  await element.updateComplete;
  const { from, span } = element.view;
  expect(from).toBeLessThan(20 * HOUR);
  expect(from + span).toBeGreaterThan(20 * HOUR);
});

test("what there is of each kind is counted, and what is not there is left out", async () => {
  const { element } = await timeline();
  const counts = page.getByRole("listitem");
  expect(
    counts.elements().map((one) => one.textContent.replaceAll(/\s+/g, " ").trim()),
  ).toStrictEqual(["Ring: 1", "Motion: 3", "Recorded by hand: 1", "Protected: 1"]);
  element.day = { ...DAY, marks: [] };
  await expect
    .element(page.getByText("There are no clips from this day."))
    .toBeVisible();
  await expect.element(slider).not.toBeInTheDocument();
});

test("now is on today's line alone", async () => {
  const { element } = await timeline({ now: Date.parse("2026-11-24T12:00:00Z") });
  expect(find(element, ".now")).not.toBeNull();
  element.now = Date.parse("2026-11-25T12:00:00Z");
  await element.updateComplete;
  expect(find(element, ".now")).toBeNull();
});

test("from right to left the day begins on the right", async () => {
  document.documentElement.dir = "rtl";
  const { element, told } = await timeline();
  point(element, "down", 2);
  point(element, "up", 2);
  expect(told[0]).toStrictEqual(["clip", "clip-2"]);
  const box = find(element, ".chosen")?.getBoundingClientRect();
  await element.updateComplete;
  expect(box?.left ?? Infinity).toBeGreaterThan(innerWidth / 2);
});

test("thousands of clips are few nodes", async () => {
  const { element } = await timeline({ day: dayOf("2026-11-24", { count: 3_000 }) });
  expect(element.renderRoot.querySelectorAll("*").length).toBeLessThan(300);
});

test("its words follow the person's clock, and names are text", async () => {
  const { element, home } = await timeline({
    doorbells: [{ ...(DOORBELLS[0] as (typeof DOORBELLS)[0]), name: "<b>Front</b>" }],
    day: { ...DAY, marks: DAY.marks.slice(0, 3) },
  });
  const hass = makeHass(new MockConnection("clips"), "clips");
  home.provider.set({ ...hass, locale: { language: "en", time_format: "12" } });
  await expect
    .element(slider)
    .toHaveAttribute("aria-valuetext", "Ring, 2:03 PM, <b>Front</b>, 3 of 3");
  expect(find(element, "b")).toBeNull();
});
