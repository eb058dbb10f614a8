import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus } from "../../mock/show.ts";
import { DoorwatchCard } from "./card.ts";

function show(state: string): { card: DoorwatchCard; connection: MockConnection } {
  const connection = new MockConnection(state);
  const card = new DoorwatchCard();
  card.setConfig({ type: "custom:doorwatch-card" });
  card.hass = makeHass(connection, state);
  document.body.replaceChildren(card);
  return { card, connection };
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const clips = (card: DoorwatchCard): number =>
  card.renderRoot.querySelectorAll("doorwatch-clip").length;

test("the latest clips are there, each with its name", async () => {
  const { card } = show("clips");
  await expect.poll(() => clips(card)).toBe(7);
  await expect
    .element(page.getByRole("button", { name: /^Play: Ring/ }).first())
    .toBeVisible();
});

test("a clip is deleted after a question, and can be taken back", async () => {
  const { card, connection } = show("clips");
  await userEvent.click(page.getByRole("button", { name: "Delete the clip" }).first());
  const question = page.getByRole("dialog", { name: "Delete this clip?" });
  await expect.element(question).toBeVisible();
  await expectFocus(button("Keep it"));
  await userEvent.click(button("Delete"));
  await expect.element(question).not.toBeInTheDocument();
  await expect.poll(() => clips(card)).toBe(6);
  await expectFocus(button("Undo"));
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => clips(card)).toBe(7);
  await expectFocus(page.getByRole("button", { name: "Delete the clip" }).first());
  expect(connection.sent.map(({ type }) => type)).toContain("doorwatch/clips/restore");
});

test("of the many changes in a home, those that concern it are shown", async () => {
  const { card, connection } = show("clips");
  await expect.poll(() => clips(card)).toBe(7);
  connection.connected = false;
  card.hass = makeHass(connection, "clips");
  await expect.element(button("Deleted clips")).toBeDisabled();
  await expect
    .element(page.getByRole("button", { name: "Delete the clip" }).first())
    .toBeDisabled();
});
