import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { NoticesHint } from "./notices-hint.ts";

beforeEach(() => localStorage.clear());

const offer = () => page.getByRole("link", { name: /^Get notified/ });

async function open(state = "clips"): Promise<MockConnection> {
  const connection = new MockConnection(state);
  show(new NoticesHint(), connection);
  await expect.element(page.elementLocator(document.body)).toBeInTheDocument();
  return connection;
}

test("who gets nothing is offered it, until they wave it aside", async () => {
  await open();
  await expect.element(offer()).toHaveAttribute("href", "/doorwatch/notifications");
  await userEvent.click(page.getByRole("button", { name: "Don't show this again" }));
  await expect.element(offer()).not.toBeInTheDocument();
  const connection = await open();
  expect(offer().query()).toBeNull();
  // No command is sent either.
  expect(connection.sent).toStrictEqual([]);
});

test("who has wishes is offered nothing", async () => {
  const connection = await open("wishes");
  await expect
    .poll(() => connection.sent.map(({ type }) => type))
    .toStrictEqual(["doorwatch/notices"]);
  await expect.element(offer()).not.toBeInTheDocument();
});
