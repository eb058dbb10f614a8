import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectFocus, show, type MockHome } from "../../mock/show.ts";
import { DayBar } from "./day-bar.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-24T20:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

function dayBar(change: Partial<DayBar> = {}): {
  element: DayBar;
  home: MockHome;
  told: string[];
} {
  const element = new DayBar();
  Object.assign(element, {
    day: "2026-11-22",
    days: { "2026-11-21": 1, "2026-11-24": 17 },
    first: "2026-10-30",
    last: "2026-11-24",
    ...change,
  });
  const told: string[] = [];
  for (const name of ["day-chosen", "month-shown"])
    element.addEventListener(name, (event) => {
      const { detail } = event as CustomEvent<{ day?: string; month?: string }>;
      told.push(detail.day ?? detail.month ?? "");
      if (detail.day) element.day = detail.day;
    });
  return { element, home: show(element), told };
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const cell = (name: string) => page.getByRole("gridcell", { name, exact: true });
const month = (name: string) => page.getByRole("heading", { name, exact: true });

test("one day back, one on, and today", async () => {
  const { told } = dayBar();
  await userEvent.click(button("Previous day"));
  await userEvent.click(button("Next day"));
  await userEvent.click(button("Today"));
  expect(told).toStrictEqual(["2026-11-21", "2026-11-22", "2026-11-24"]);
  await expect.element(page.getByRole("status")).toHaveTextContent("Today, 17 clips");
});

test("there is nothing before the first clip, nor after today", async () => {
  const { element, told } = dayBar({ day: "2026-10-30" });
  await expect.element(button("Previous day")).toHaveAttribute("aria-disabled", "true");
  await userEvent.click(button("Previous day"), { force: true });
  expect(told).toStrictEqual([]);
  element.day = "2026-11-24";
  await expect.element(button("Next day")).toHaveAttribute("aria-disabled", "true");
  // Don't show the same text twice.
  await expect.element(button("Today")).not.toBeInTheDocument();
});

test("without any clip there is today alone", async () => {
  dayBar({ day: "2026-11-24", days: {}, first: null, last: null });
  await expect.element(button("Previous day")).toHaveAttribute("aria-disabled", "true");
  await expect.element(button("Next day")).toHaveAttribute("aria-disabled", "true");
});

test("the calendar begins at the day that is shown, and says where clips are", async () => {
  const { told } = dayBar();
  await userEvent.click(button("Sun, Nov 22 Choose another day"));
  await expect.element(page.getByRole("dialog")).toHaveAccessibleName("Choose a day");
  await expectFocus(cell("Sunday, November 22"));
  await expect.element(cell("Monday, November 23")).toBeVisible();
  await expect
    .element(cell("Tuesday, November 24, 17 clips"))
    .toHaveAttribute("aria-current", "date");
  await expect.element(cell("Saturday, November 21, 1 clip")).toBeVisible();
  expect(told).toStrictEqual(["2026-11"]);
  await userEvent.click(cell("Saturday, November 21, 1 clip"));
  expect(told).toStrictEqual(["2026-11", "2026-11-21"]);
  await expectFocus(button("Sat, Nov 21 Choose another day"));
});

test("by keyboard a day is chosen as in every calendar, within the first and today", async () => {
  const { told } = dayBar();
  const name = button("Sun, Nov 22 Choose another day");
  await expect.element(name).toBeVisible();
  (name.element() as HTMLElement).focus();
  await userEvent.keyboard("{Enter}");
  await expectFocus(cell("Sunday, November 22"));
  await userEvent.keyboard("{ArrowLeft}");
  await expectFocus(cell("Saturday, November 21, 1 clip"));
  await userEvent.keyboard("{PageUp}");
  await expectFocus(cell("Friday, October 30"));
  await expect.element(month("October 2026")).toBeVisible();
  await userEvent.keyboard("{PageDown}{End}");
  await expectFocus(cell("Tuesday, November 24, 17 clips"));
  await userEvent.keyboard("{Escape}");
  await expectFocus(name);
  expect(told).toStrictEqual(["2026-11", "2026-10", "2026-11"]);
  await userEvent.keyboard("{Enter}");
  await expectFocus(cell("Sunday, November 22"));
  await userEvent.keyboard("{ArrowUp}{Enter}");
  expect(told.at(-1)).toBe("2026-11-15");
});

test("a day that nothing is of cannot be chosen", async () => {
  const { told } = dayBar({ day: "2026-10-31" });
  await userEvent.click(button("Sat, Oct 31 Choose another day"));
  await expect
    .element(button("Previous month"))
    .toHaveAttribute("aria-disabled", "true");
  await userEvent.click(cell("Thursday, October 29"), { force: true });
  expect(told).toStrictEqual(["2026-10"]);
  await userEvent.click(button("Next month"));
  await expect.element(month("November 2026")).toBeVisible();
  expect(told).toStrictEqual(["2026-10", "2026-11"]);
});

test("the calendar closes at a press beside it", async () => {
  dayBar();
  const name = button("Sun, Nov 22 Choose another day");
  await userEvent.click(name);
  const dialog = page.getByRole("dialog");
  await expect.element(dialog).toBeVisible();
  const box = dialog.element().getBoundingClientRect();
  const press = (clientX: number): unknown =>
    dialog
      .element()
      .dispatchEvent(new MouseEvent("click", { clientX, clientY: box.y + 2 }));
  press(box.x + 2);
  await expect.element(dialog).toBeVisible();
  press(box.x - 2);
  await expect.element(dialog).not.toBeInTheDocument();
  await expectFocus(name);
});

test("the calendar stays on the screen of a phone that is turned", async () => {
  const { innerWidth: width, innerHeight: height } = window;
  await page.viewport(900, 600);
  const { element } = dayBar();
  // Also in narrow pages, it is aligned with its button.
  element.style.marginInlineStart = "50vw";
  await userEvent.click(button("Sun, Nov 22 Choose another day"));
  const right = (): number =>
    element.renderRoot.querySelector("dialog")?.getBoundingClientRect().right ?? 0;
  await expect.poll(right).toBeGreaterThan(450);
  await page.viewport(390, 600);
  await expect.poll(right).toBeLessThanOrEqual(390);
  await page.viewport(width, height);
});
