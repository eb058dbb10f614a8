import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import * as api from "../api/commands.ts";
import { ClipFeed } from "../clips/clip-feed.ts";
import { fetchWords, Strings } from "../i18n/strings.ts";
import { DoorwatchPanel } from "./panel.ts";
import { Selection } from "./selection.ts";

const group = page.getByRole("group", { name: "Selected clips" });
const boxes = page.getByRole("checkbox");
const links = (): number =>
  page
    .getByRole("link")
    .elements()
    .filter((one) => one.getAttribute("href")?.includes("/clip/")).length;

async function select(count: number): Promise<MockConnection> {
  history.replaceState(null, "", "/doorwatch");
  const connection = new MockConnection("clips");
  const element = new DoorwatchPanel();
  element.hass = makeHass(connection, "clips");
  document.body.replaceChildren(element);
  await userEvent.click(page.getByRole("button", { name: "Select clips" }));
  await expect.element(group.getByText("Select clips")).toBeVisible();
  for (let at = 0; at < count; at += 1) await userEvent.click(boxes.nth(at));
  return connection;
}

const asked = (connection: MockConnection, type: string): unknown[] =>
  connection.sent.filter((message) => message.type === type);

test("clips are chosen, deleted together, and brought back together", async () => {
  // The second is protected.
  const connection = await select(0);
  await userEvent.click(boxes.nth(0));
  await userEvent.click(boxes.nth(2));
  await expect.element(group.getByText("2 clips selected")).toBeVisible();
  await expect.element(boxes.nth(0)).toHaveAttribute("aria-checked", "true");
  await userEvent.click(group.getByRole("button", { name: "Delete" }));
  await expect.element(page.getByText("2 clips deleted")).toBeVisible();
  await expect.element(group).not.toBeInTheDocument();
  expect(asked(connection, "doorwatch/clips/delete")).toHaveLength(2);
  await userEvent.click(page.getByRole("button", { name: "Undo" }));
  await expect.element(page.getByText("2 clips restored")).toBeVisible();
  expect(asked(connection, "doorwatch/clips/restore")).toHaveLength(2);
});

test("protected clips are only deleted after a question", async () => {
  const connection = await select(2);
  await userEvent.click(group.getByRole("button", { name: "Delete" }));
  const question = page.getByRole("dialog", { name: "Delete 2 clips?" });
  await expect.element(question.getByText("1 of them is protected.")).toBeVisible();
  expect(asked(connection, "doorwatch/clips/delete")).toHaveLength(0);
  await userEvent.click(question.getByRole("button", { name: "Delete" }));
  await expect.element(page.getByText("2 clips deleted")).toBeVisible();
});

test("all are protected, and it is never offered to share them", async () => {
  const connection = await select(2);
  const protect = group.getByRole("button", { name: "Protect" });
  await userEvent.click(protect);
  await expect.element(protect).toHaveAttribute("aria-pressed", "true");
  expect(asked(connection, "doorwatch/clips/protect")).toHaveLength(2);
  await expect
    .element(group.getByRole("button", { name: /share|send/i }))
    .not.toBeInTheDocument();
  expect(links()).toBe(0);
  await userEvent.keyboard("{Escape}");
  await expect.poll(links).toBeGreaterThan(0);
});

async function choose(count: number): Promise<{
  selection: Selection;
  clips: ClipFeed;
  connection: MockConnection;
}> {
  const connection = new MockConnection("clips");
  const clips = new ClipFeed(() => undefined);
  clips.start(connection);
  await expect.poll(() => clips.status).toBe("ready");
  const selection = new Selection(clips, () => undefined);
  selection.begin();
  for (const each of clips.clips.slice(0, count)) selection.toggle(each);
  return { selection, clips, connection };
}

test("clips that are deleted elsewhere are no longer selected", async () => {
  const { selection, clips, connection } = await choose(2);
  const [first, second] = selection.clips;
  await api.deleteClip(connection, first?.clip_id ?? "");
  await expect.poll(() => clips.clips.includes(first as api.Clip)).toBe(false);
  expect(selection.ids).toStrictEqual(new Set([second?.clip_id]));
  const deleted = await selection.delete(makeHass(connection, "clips"));
  expect([deleted, selection.failure]).toStrictEqual([[second], undefined]);
});

test("the end of a selection ends what is under way", async () => {
  const { selection, connection } = await choose(3);
  const done = selection.protect(makeHass(connection, "clips"));
  selection.end();
  await done;
  expect(asked(connection, "doorwatch/clips/protect")).toHaveLength(1);
  selection.begin();
  expect(selection.clips).toStrictEqual([]);
});

test.for(["de", "es", "fr"])(
  "on a phone, the bar has two rows in %s",
  async (language) => {
    await page.viewport(390, 844);
    await fetchWords(language);
    history.replaceState(null, "", "/doorwatch");
    const element = new DoorwatchPanel();
    element.hass = makeHass(new MockConnection("clips"), "clips", language);
    document.body.replaceChildren(element);
    const start = new Strings(language).text("select.start");
    await userEvent.click(page.getByRole("button", { name: start }));
    const bar = page.getByRole("group", {
      name: new Strings(language).text("select.group"),
    });
    await expect.element(bar).toBeVisible();
    const buttons = bar.getByRole("button").elements();
    const tops = buttons.map((one) => one.getBoundingClientRect().top);
    expect(new Set(tops).size).toBe(2);
    for (const one of buttons) {
      expect(one.getBoundingClientRect().height).toBeGreaterThanOrEqual(44);
      expect(one.scrollWidth).toBeLessThanOrEqual(one.clientWidth);
    }
    await page.viewport(414, 896);
  },
);
