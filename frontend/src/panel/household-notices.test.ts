import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Defaults } from "../api/commands.ts";
import { HouseholdNotices } from "./household-notices.ts";

function open(state = "clips") {
  const connection = new MockConnection(state);
  show(new HouseholdNotices(), connection);
  const saved = (): Defaults | undefined =>
    connection.sent
      .filter(({ type }) => type === "doorwatch/notices/defaults")
      .at(-1)?.["defaults"] as Defaults | undefined;
  return { saved };
}

const radio = (name: string) => page.getByRole("radio", { name });

test("the household says who is notified, and what else it said stays", async () => {
  const { saved } = open();
  await expect.element(radio("Only those who turn it on")).toBeChecked();
  await userEvent.click(radio("Everyone, unless they turn it off"));
  await expect.poll(saved).toStrictEqual({ on: true });
  await userEvent.click(radio("No one, even if they turned it on"));
  await expect.poll(saved).toStrictEqual({ on: true, never: true });
  await userEvent.click(radio("Only those who turn it on"));
  await expect.poll(saved).toStrictEqual({ on: false });
});

test("levels and things of the house count for who chose none", async () => {
  const { saved } = open();
  await userEvent.selectOptions(
    page.getByRole("combobox", { name: "Motion, household" }),
    "Off",
  );
  await userEvent.click(page.getByRole("switch", { name: /^Requests/ }));
  await expect
    .poll(saved)
    .toStrictEqual({ levels: { motion: "off" }, house: { request: false } });
});

test("a button of the household has a name and a script, and is kept once it has both", async () => {
  const { saved } = open();
  await userEvent.click(page.getByRole("button", { name: "Add button" }));
  const name = page.getByRole("textbox", { name: "Name of button 1" });
  await expectFocus(name);
  await userEvent.fill(name, "Open ");
  await expect.poll(saved).toStrictEqual({ buttons: [] });
  await userEvent.selectOptions(
    page.getByRole("combobox", { name: "Script of button 1" }),
    "Open the gate",
  );
  await expect
    .poll(saved)
    .toStrictEqual({ buttons: [{ name: "Open", script: "script.open_gate" }] });
  await userEvent.click(page.getByRole("button", { name: "Add button" }));
  await expect
    .element(page.getByRole("button", { name: "Add button" }))
    .not.toBeInTheDocument();
  await userEvent.click(page.getByRole("button", { name: "Remove button 1" }));
  await expect.poll(saved).toStrictEqual({ buttons: [] });
});
