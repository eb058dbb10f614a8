import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { Hint, NoticesHint } from "./notices-hint.ts";

beforeEach(() => localStorage.clear());

const offer = () => page.getByRole("link", { name: /^Get notified/ });

async function open(state = "clips"): Promise<[MockConnection, Hint]> {
  const connection = new MockConnection(state);
  const element = new NoticesHint();
  const hint = new Hint(() => element.requestUpdate());
  element.hint = hint;
  show(element, connection);
  await hint.look(makeHass(connection, state));
  await element.updateComplete;
  return [connection, hint];
}

test("who gets nothing is offered it, until they wave it aside", async () => {
  await open();
  await expect.element(offer()).toHaveAttribute("href", "/doorwatch/notifications");
  await userEvent.click(page.getByRole("button", { name: "Don't show this again" }));
  await expect.element(offer()).not.toBeInTheDocument();
  const [connection, hint] = await open();
  expect(offer().query()).toBeNull();
  expect(hint.isKnown).toBe(true);
  // No command is sent either.
  expect(connection.sent).toStrictEqual([]);
});

test("who has wishes is offered nothing", async () => {
  const [connection] = await open("wishes");
  expect(connection.sent.map(({ type }) => type)).toStrictEqual(["doorwatch/notices"]);
  expect(offer().query()).toBeNull();
});

test("nothing is offered if the settings cannot be loaded", async () => {
  const connection = new MockConnection("clips");
  connection.connected = false;
  const hass = makeHass(connection, "clips");
  const hint = new Hint(() => undefined);
  await hint.look(hass);
  expect([hint.isKnown, hint.isShown(hass)]).toStrictEqual([true, false]);
});
