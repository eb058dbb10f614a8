import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { doorbells, type Doorbell } from "../api/commands.ts";
import { AreasDialog } from "./areas-dialog.ts";

async function open(): Promise<{ home: MockConnection; closed: () => number }> {
  const home = new MockConnection("clips");
  const element = new AreasDialog();
  [element.doorbell] = (await doorbells(home)) as [Doorbell];
  let closed = 0;
  element.addEventListener("dialog-closed", () => (closed += 1));
  show(element, home);
  await expect.element(button("Save")).toBeEnabled();
  return { home, closed: () => closed };
}

const button = (name: string) => page.getByRole("button", { name });
const question = page.getByRole("dialog", { name: "Discard your changes?" });

test("areas that were drawn and not saved are not lost by Escape", async () => {
  const { home, closed } = await open();
  await userEvent.click(button("Add zone"));
  await userEvent.keyboard("{Escape}");
  await expect.element(question).toBeVisible();
  await userEvent.click(button("Keep editing"));
  await userEvent.click(button("Save"));
  await expect.poll(closed).toBe(1);
  await expect.element(question).not.toBeInTheDocument();
  expect(home.sent.some((one) => one.type === "doorwatch/areas/set")).toBe(true);
});

test("without a change nothing is asked", async () => {
  const { closed } = await open();
  await userEvent.keyboard("{Escape}");
  await expect.poll(closed).toBe(1);
});
