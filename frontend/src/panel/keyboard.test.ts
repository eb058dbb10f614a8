/** Keyboard paths that have no test elsewhere, from Tab to the action. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { page, userEvent, type Locator } from "vitest/browser";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, tabTo } from "../../mock/show.ts";
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
  await press(chip, " ");
  await expect.element(chip).toHaveAttribute("aria-pressed", "true");
  await userEvent.keyboard(" ");
  await press(page.getByRole("searchbox"), "no such words");
  await press(button("Show all clips"));
  await expect.element(page.getByRole("searchbox")).toHaveValue("");
  await expect
    .element(page.getByRole("link", { name: /^Length/ }).first())
    .toBeVisible();
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
