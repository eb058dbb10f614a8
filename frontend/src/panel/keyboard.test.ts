/** Keyboard paths that have no test elsewhere, from Tab to the action. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { page, userEvent, type Locator } from "vitest/browser";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, focused, tabTo } from "../../mock/show.ts";
import { hideHint } from "./notices-hint.ts";
import { DoorwatchPanel } from "./panel.ts";

defineCameraStream();

const here = location.pathname + location.search;

beforeEach(() => localStorage.clear());
afterEach(() => {
  document.body.replaceChildren();
  history.replaceState(null, "", here);
});

function open(path = "", state = "clips") {
  history.replaceState(null, "", `/doorwatch${path}`);
  const connection = new MockConnection(state);
  const panel = new DoorwatchPanel();
  panel.hass = makeHass(connection, state);
  panel.style.height = "800px";
  document.body.replaceChildren(panel);
  return connection;
}

const button = (name: string | RegExp) => page.getByRole("button", { name });
const sent = (connection: MockConnection) => connection.sent.map(({ type }) => type);

async function press(locator: Locator, keys = "{Enter}"): Promise<void> {
  await tabTo(locator);
  await userEvent.keyboard(keys);
}

test("a doorbell is seen live, and its picture is put away", async () => {
  open();
  await press(button("Front door: open live view"));
  const end = button("End live view, Front door");
  await press(end);
  await expect.element(end).not.toBeInTheDocument();
  await expectFocus(button("Front door: open live view"));
});

test("the list is narrowed down, searched, and whole again", async () => {
  open();
  const chip = page.getByRole("button", { name: "Recorded by hand", exact: true });
  // All filters are one tab stop.
  await press(button("Rings"), "{ArrowRight}{ArrowRight}");
  await expectFocus(chip);
  await userEvent.keyboard(" ");
  await expect.element(chip).toHaveAttribute("aria-pressed", "true");
  await userEvent.keyboard(" ");
  await userEvent.keyboard("{End}{ArrowLeft}{Enter}");
  await expectFocus(page.getByRole("searchbox"));
  await userEvent.keyboard("no such words");
  await press(button("Show all clips"));
  await expect.element(page.getByRole("searchbox")).toHaveValue("");
  await expect
    .element(page.getByRole("link", { name: /^Length/ }).first())
    .toBeVisible();
});

const clips = () => page.getByRole("link", { name: /^Length/ });

test("the first clip is six tabs away, or one and the link that skips to it", async () => {
  await page.viewport(1280, 800);
  try {
    hideHint("user-1");
    open("", "one-door");
    await expect.element(clips().first()).toBeVisible();
    let tabs = 0;
    for (; tabs < 20 && focused() !== clips().first().element(); tabs += 1)
      await userEvent.tab();
    expect(tabs).toBeLessThanOrEqual(6);
    open();
    await expect.element(clips().first()).toBeVisible();
    await userEvent.tab();
    await expectFocus(page.getByRole("link", { name: "Skip to clips" }));
    await userEvent.keyboard("{Enter}");
    await expectFocus(clips().first());
  } finally {
    await page.viewport(414, 896);
  }
});

test("the search field opens at a press, and Escape closes it", async () => {
  open("?q=nobody");
  const field = page.getByRole("searchbox", { name: "Search clips" });
  await expect.element(field).toHaveValue("nobody");
  await press(field, "{Escape}");
  await expect.element(field).not.toBeInTheDocument();
  await expectFocus(button("Search"));
  await expect.poll(() => location.search).toBe("");
  await userEvent.keyboard("{Enter}");
  await expectFocus(field);
  await userEvent.keyboard("{Escape}");
  await expectFocus(button("Search"));
});

test("a clip is protected, and deleted after the question", async () => {
  const connection = open("/clip/clip-0");
  await press(button("Protect"));
  await expect.element(button("Protect")).toHaveAttribute("aria-pressed", "true");
  await press(page.getByRole("button", { name: "Delete", exact: true }));
  const question = page.getByRole("dialog", { name: "Delete this clip?" });
  await expectFocus(question.getByRole("button", { name: "Cancel" }));
  await press(question.getByRole("button", { name: "Delete", exact: true }));
  await expect.poll(() => sent(connection)).toContain("doorwatch/clips/delete");
});

test("a share is withdrawn, and the details of a line are forgotten", async () => {
  let connection = open("/shared", "shares");
  await press(button(/^Withdraw the share/).first());
  await expectFocus(button("Cancel"));
  await press(button("Ask to delete"));
  await expect.poll(() => sent(connection)).toContain("doorwatch/share/withdraw");
  connection = open("/shared/proof");
  await press(button(/^Delete details/));
  await expectFocus(button("Cancel"));
  await press(button("Delete"));
  await expect.poll(() => sent(connection)).toContain("doorwatch/transparency/forget");
});

test("notifications are switched on, a level is chosen, and a doorbell is quiet for a while", async () => {
  const connection = open("/notifications");
  await press(page.getByRole("switch", { name: "Notify me" }), " ");
  await press(button("1 hour"));
  await expect.poll(() => sent(connection)).toContain("doorwatch/notices/snooze");
  await press(
    page.getByRole("combobox", { name: "Ring, All doorbells" }),
    "{ArrowDown}",
  );
  const saved = () =>
    connection.sent.filter(({ type }) => type === "doorwatch/notices/save").at(-1);
  await expect.poll(saved).toMatchObject({ wishes: { on: true } });
  await expect.poll(saved).toHaveProperty("wishes.levels.all.ring");
});
