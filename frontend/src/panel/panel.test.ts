import { afterEach, beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus } from "../../mock/show.ts";
import { DoorwatchPanel } from "./panel.ts";

const here = location.pathname + location.search;

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, "", "/doorwatch");
});
afterEach(() => {
  document.body.replaceChildren();
  history.replaceState(null, "", here);
});

function show(state = "clips", change: object = {}) {
  const connection = new MockConnection(state);
  const panel = new DoorwatchPanel();
  panel.hass = { ...makeHass(connection, state), ...change };
  panel.style.height = "600px";
  document.body.replaceChildren(panel);
  return { panel, connection };
}

const clips = () => page.getByRole("link", { name: /^Length/ });

test("the panel opens with what is at the doors and the latest clips", async () => {
  show();
  await expect
    .element(page.getByRole("heading", { name: "Today", level: 1 }))
    .toBeInTheDocument();
  await expect
    .element(page.getByRole("button", { name: "Record now at Front door" }))
    .toBeVisible();
  await expect.element(clips().first()).toBeVisible();
});

test("the home is asked once for what is at the doors", async () => {
  const { connection } = show();
  await expect.element(clips().first()).toBeVisible();
  const asked = (type: string) =>
    connection.sent.filter((one) => one.type === type).length;
  expect([asked("doorwatch/doorbells"), asked("doorwatch/seen")]).toStrictEqual([1, 1]);
});

test("a doorbell is chosen by its tab, and the back button takes it back", async () => {
  const { connection } = show();
  await expect.element(clips().first()).toBeVisible();
  await userEvent.click(page.getByRole("link", { name: "Garden gate", exact: true }));
  expect(location.search).toBe("?doorbell=doorbell-2");
  await expect
    .element(page.getByRole("button", { name: "Record now at Front door" }))
    .not.toBeInTheDocument();
  expect(
    connection.sent.filter((one) => one.type === "doorwatch/clips/list").at(-1),
  ).toHaveProperty("doorbell_id", "doorbell-2");
  history.back();
  await expect
    .element(page.getByRole("button", { name: "Record now at Front door" }))
    .toBeVisible();
});

test("what was chosen is there again after the page was loaded anew", async () => {
  history.replaceState(null, "", "/doorwatch?kind=manual");
  const { connection } = show();
  await expect
    .element(page.getByRole("button", { name: "Recorded by hand", exact: true }))
    .toHaveAttribute("aria-pressed", "true");
  await expect.poll(() => clips().elements().length).toBe(1);
  expect(
    connection.sent.some(
      (one) => one.type === "doorwatch/clips/list" && Array.isArray(one["kinds"]),
    ),
  ).toBe(true);
});

test("an address where nothing is says so and leads back", async () => {
  history.replaceState(null, "", "/doorwatch/nowhere");
  show();
  await expect
    .element(page.getByText("There is nothing at this address."))
    .toBeVisible();
  await userEvent.click(page.getByRole("link", { name: "Today" }));
  await expect.element(clips().first()).toBeVisible();
});

test("the menu closes when the back button leads to another page", async () => {
  const { panel } = show();
  await userEvent.click(page.getByRole("button", { name: "More" }));
  await userEvent.click(page.getByRole("link", { name: "Deleted clips" }));
  const menu = () => panel.renderRoot.querySelector("#menu:popover-open");
  await userEvent.click(page.getByRole("button", { name: "More" }));
  await expect.poll(menu).not.toBeNull();
  history.back();
  await expect.poll(menu).toBeNull();
});

test("on a narrow page a button opens the side bar", async () => {
  const { panel } = show();
  panel.narrow = true;
  let opened = 0;
  panel.addEventListener("hass-toggle-menu", () => (opened += 1));
  await userEvent.click(page.getByRole("button", { name: "Show the sidebar" }));
  expect(opened).toBe(1);
});

test("a word is said at the foot, with the way back under the finger", async () => {
  show();
  await userEvent.click(
    page.getByRole("button", { name: /^Delete the clip from/ }).first(),
  );
  await expectFocus(page.getByRole("button", { name: "Undo" }));
  await expect.element(page.getByText("Clip deleted")).toBeVisible();
});

test("a clip that was restored from its page is not offered to be taken back again", async () => {
  show();
  await expect.element(clips().first()).toBeVisible();
  await userEvent.click(page.getByRole("button", { name: /^Delete the clip/ }).first());
  const undo = page.getByRole("button", { name: "Undo" });
  await expect.element(undo).toBeVisible();
  await userEvent.click(page.getByRole("button", { name: "More pages" }));
  await userEvent.click(page.getByRole("link", { name: "Deleted clips" }));
  await userEvent.click(page.getByRole("button", { name: /^Restore: / }).first());
  await expectFocus(page.getByText(/^Restored: /));
  await expect.element(undo).not.toBeInTheDocument();
});

test("requests are fetched when they are opened, and back leads to all of them", async () => {
  show("requests");
  await userEvent.click(page.getByRole("button", { name: "More pages" }));
  await userEvent.click(page.getByRole("link", { name: /^Requests\s+2 match$/ }));
  await expect
    .element(page.getByRole("heading", { name: "Requests", level: 1 }))
    .toBeInTheDocument();
  await userEvent.click(page.getByRole("link", { name: "A bicycle was stolen" }));
  expect(location.pathname).toBe("/doorwatch/requests/agency-1/2026-0417");
  await expect
    .element(page.getByRole("heading", { name: "A bicycle was stolen" }))
    .toBeVisible();
  await userEvent.click(page.getByRole("button", { name: "Back" }));
  await expect.poll(() => location.pathname).toBe("/doorwatch/requests");
});

test("a request that was opened by its address leads back to all of them", async () => {
  history.replaceState(null, "", "/doorwatch/requests/agency-1/2026-0417");
  show("requests");
  await userEvent.click(page.getByRole("button", { name: "Back" }));
  await expect.poll(() => location.pathname).toBe("/doorwatch/requests");
  await expect.element(page.getByText("3 of your clips match.")).toBeVisible();
});

test("Today says that requests fit, and where nobody could ask there is no page of them", async () => {
  show("requests");
  await userEvent.click(page.getByRole("button", { name: /notices$/ }));
  await expect
    .element(page.getByRole("link", { name: "2 requests match your clips" }))
    .toHaveAttribute("href", "/doorwatch/requests");
  show("no-agency");
  await userEvent.click(page.getByRole("button", { name: "More pages" }));
  await expect.element(page.getByRole("link", { name: "Shared clips" })).toBeVisible();
  expect(page.getByRole("link", { name: "Requests" }).elements()).toStrictEqual([]);
});

test.each(["/notifications", "/settings", "/requests", "/shared/proof"])(
  "the page %s alone scrolls, and the panel's header stays",
  async (path) => {
    history.replaceState(null, "", `/doorwatch${path}`);
    const { panel } = show("requests");
    await expect
      .element(page.getByRole("heading", { level: 2 }).first())
      .toBeInTheDocument();
    await expect
      .poll(() => panel.scrollHeight - panel.clientHeight)
      .toBeLessThanOrEqual(0);
  },
);

test("a sentence in English stays one on a page that goes from right to left", async () => {
  document.documentElement.dir = "rtl";
  try {
    history.replaceState(null, "", "/doorwatch/requests");
    const { panel } = show("requests", { language: "he" });
    await expect
      .element(page.getByText("3 of your clips match.").first())
      .toBeVisible();
    expect(panel.lang).toBe("en");
    const words = page.getByText("You have no clips from that time.").first().element();
    expect(getComputedStyle(words).direction).toBe("rtl");
    const text = [...words.childNodes].find((one) => one instanceof Text) as Text;
    const range = document.createRange();
    const at = (from: number): number => {
      range.setStart(text, from);
      range.setEnd(text, from + 1);
      return range.getBoundingClientRect().x;
    };
    const stop = text.data.trimEnd().length - 1;
    expect(at(stop)).toBeGreaterThan(at(stop - 1));
  } finally {
    document.documentElement.dir = "";
  }
});
