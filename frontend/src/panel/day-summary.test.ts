import { expect, test } from "vitest";
import { page } from "vitest/browser";
import type { Day, Mark } from "../api/commands.ts";
import { show } from "../../mock/show.ts";
import { byHour, busiest, DaySummary } from "./day-summary.ts";

const mark = (at: number, change: Partial<Mark> = {}): Mark => ({
  clip_id: `clip-${at}`,
  doorbell_id: "doorbell-1",
  at,
  duration: 20,
  kinds: ["motion"],
  labels: [],
  protected: false,
  ...change,
});

const dayOf = (...marks: Mark[]): Day => ({
  day: "2026-11-24",
  begins: "2026-11-23T23:00:00+00:00",
  ends: "2026-11-24T23:00:00+00:00",
  marks,
});

async function summaryOf(day: Day): Promise<DaySummary> {
  const summary = new DaySummary();
  summary.day = day;
  show(summary);
  await summary.updateComplete;
  return summary;
}

const hour = (of: number): number => of * 3_600 + 60;

test("a day is told in one line, and each hour by its bar and in words", async () => {
  await summaryOf(
    dayOf(
      mark(hour(7), { kinds: ["ring", "motion"], labels: ["package", "person"] }),
      mark(hour(16), { labels: ["package"] }),
      mark(hour(16) + 600, { kinds: ["ring"] }),
    ),
  );
  const line = page.getByText(/^3 clips/);
  await expect
    .element(line)
    .toHaveTextContent(
      "3 clips, 2 rings, 1 with a person, 2 with a package, most between 16:00 and 17:00",
    );
  const bars = page.getByRole("img", { name: "Clips by hour: 07:00 1, 16:00 2" });
  await expect.element(bars).toBeInTheDocument();
});

test("no hour is the busiest where two have as many, or one has one", () => {
  expect(busiest([0, 1, 0])).toBeUndefined();
  expect(busiest([2, 1, 2])).toBeUndefined();
  expect(busiest([2, 3, 2])).toBe(1);
});

test("a day has as many hours as the clock at home", () => {
  const long = { ...dayOf(mark(hour(24))), ends: "2026-11-25T00:00:00+00:00" };
  expect(byHour(long)).toHaveLength(25);
  expect(byHour(long)[24]).toBe(1);
});

test("of a day without clips nothing is said", async () => {
  const summary = await summaryOf(dayOf());
  expect(summary.renderRoot.textContent.trim()).toBe("");
});
