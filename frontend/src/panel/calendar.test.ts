import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show, type MockHome } from "../../mock/show.ts";
import { Calendar } from "./calendar.ts";

afterEach(() => {
  document.documentElement.dir = "";
});

async function calendar(): Promise<{
  element: Calendar;
  home: MockHome;
  told: unknown[];
}> {
  const element = new Calendar();
  Object.assign(element, {
    day: "2026-11-22",
    today: "2026-11-24",
    days: { "2026-11-21": 1, "2026-11-24": 17 },
    first: "2026-10-30",
    last: "2026-11-24",
  });
  const told: unknown[] = [];
  for (const name of ["day-chosen", "month-shown"])
    element.addEventListener(name, (event) =>
      told.push(Object.values((event as CustomEvent<object>).detail)[0]),
    );
  const home = show(element);
  await expectFocus(cell("Sunday, November 22"));
  return { element, home, told };
}

const cell = (name: string) => page.getByRole("gridcell", { name, exact: true });

test("each day says its date and how many clips it has; one is chosen, one is today", async () => {
  await calendar();
  await expect
    .element(cell("Sunday, November 22"))
    .toHaveAttribute("aria-selected", "true");
  await expect
    .element(cell("Tuesday, November 24, 17 clips"))
    .toHaveAttribute("aria-current", "date");
  await expect.element(cell("Saturday, November 21, 1 clip")).toBeVisible();
});

test("it is one tab stop, wherever the keys went", async () => {
  const { element } = await calendar();
  await userEvent.keyboard("{ArrowRight}{ArrowUp}");
  await expectFocus(cell("Monday, November 16"));
  expect(element.renderRoot.querySelectorAll("td[tabindex='0']").length).toBe(1);
});

test("space chooses as Enter does, and days out of reach cannot be chosen", async () => {
  const { told } = await calendar();
  await userEvent.keyboard("{ArrowRight} ");
  await userEvent.click(cell("Wednesday, November 25"), { force: true });
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(told).toStrictEqual(["2026-11", "2026-11-23", "2026-11-24"]);
});

test("the month that is shown is told, by button and by key", async () => {
  const { told } = await calendar();
  await userEvent.keyboard("{PageUp}");
  await expect
    .element(page.getByRole("heading", { name: "October 2026" }))
    .toBeVisible();
  await userEvent.click(page.getByRole("button", { name: "Next month" }));
  expect(told).toStrictEqual(["2026-11", "2026-10", "2026-11"]);
});

test("the week begins where the person wants it", async () => {
  const { home } = await calendar();
  const first = page.getByRole("columnheader").first();
  await expect.element(first).toHaveTextContent("Sun");
  const hass = makeHass(new MockConnection("clips"), "clips");
  home.provider.set({ ...hass, locale: { language: "en", first_weekday: "monday" } });
  await expect.element(first).toHaveTextContent("Mon");
  await userEvent.keyboard("{Home}");
  await expectFocus(cell("Monday, November 16"));
});

test("from right to left, left is onward", async () => {
  document.documentElement.dir = "rtl";
  await calendar();
  await userEvent.keyboard("{ArrowLeft}");
  await expectFocus(cell("Monday, November 23"));
});
