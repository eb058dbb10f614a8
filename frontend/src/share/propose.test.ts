import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { Propose } from "./propose.ts";

function open(connection = new MockConnection("guest")): Propose {
  const element = new Propose();
  element.clipId = "clip-1";
  show(element, connection);
  return element;
}

const button = page.getByRole("button", { name: "Suggest sharing" });

test("who may not share proposes, and sees that nobody has decided yet", async () => {
  const connection = new MockConnection("guest");
  open(connection);
  await userEvent.click(button);
  await expectFocus(page.getByRole("status"));
  await expect
    .element(page.getByText(/You suggested .* No one has decided/))
    .toBeVisible();
  await expect.element(button).not.toBeInTheDocument();
  expect(connection.sent).toContainEqual({
    type: "call_service",
    domain: "doorwatch",
    service: "propose_share",
    service_data: { clip_id: "clip-1" },
    return_response: true,
  });
});

test.each([
  ["shared", "Someone tapped Share", false],
  ["dismissed", "was dismissed", false],
  ["over", "No one decided", true],
] as const)("a proposal that is %s says so", async (became, words, again) => {
  const connection = new MockConnection("guest");
  connection.proposed = { at: new Date().toISOString(), became };
  open(connection);
  await expect.element(page.getByText(words)).toBeVisible();
  expect(button.query() !== null).toBe(again);
});

test("what went wrong is said, and can be tried again", async () => {
  const connection = new MockConnection("guest");
  open(connection);
  await expect.element(button).toBeVisible();
  connection.drop();
  await userEvent.click(button);
  await expect.element(page.getByRole("alert")).toBeVisible();
  await expect.element(button).toBeVisible();
});
