import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { DeletedPage } from "./deleted-page.ts";

function open(state = "clips"): MockConnection {
  const element = new DeletedPage();
  const connection = new MockConnection(state);
  show(element, connection);
  return connection;
}

const rows = () => page.getByRole("listitem").elements().length;

test("what was deleted is there with the time that is left, and comes back", async () => {
  const connection = open();
  await expect.poll(rows).toBe(2);
  await expect.element(page.getByText("Gone in 19 hours")).toBeVisible();
  await userEvent.click(page.getByRole("button", { name: /^Restore: Ring/ }));
  await expect.poll(rows).toBe(1);
  await expectFocus(page.getByText(/^Restored: Ring/));
  expect(connection.sent.map(({ type }) => type)).toContain("doorwatch/clips/restore");
});

test("an empty bin says so", async () => {
  open("empty");
  await expect.element(page.getByText("There are no deleted clips.")).toBeVisible();
});

test("what somebody else deletes, or what was missed, is read anew", async () => {
  const connection = open();
  await expect.poll(rows).toBe(2);
  connection.drop();
  connection.restore();
  const asked = () =>
    connection.sent.filter(({ type }) => type === "doorwatch/clips/deleted").length;
  await expect.poll(asked).toBe(2);
});
