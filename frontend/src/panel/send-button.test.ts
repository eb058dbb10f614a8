import { render } from "lit";
import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clip } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { Strings } from "../i18n/strings.ts";
import { renderActions } from "./clip-actions.ts";

function open(change: Parameters<typeof clip>[1] = {}): boolean[] {
  const toggled: boolean[] = [];
  const place = document.createElement("div");
  show(place);
  const actions = renderActions({
    strings: new Strings("en"),
    clip: clip(0, change),
    doorbell: "Front door",
    connected: true,
    protect: () => undefined,
    download: () => undefined,
    delete: () => undefined,
    onSending: (on) => toggled.push(on),
    share: () => undefined,
  });
  render(actions, place);
  return toggled;
}

const button = page.getByRole("button", { name: "Send to someone" });

test("the dialog is loaded when it is opened, and the focus is back when it is closed", async () => {
  const toggled = open();
  await userEvent.click(button);
  await expect
    .element(page.getByRole("dialog", { name: "Send to someone" }))
    .toBeVisible();
  expect(toggled).toStrictEqual([true]);
  await userEvent.keyboard("{Escape}");
  await expect.element(page.getByRole("dialog")).not.toBeInTheDocument();
  expect(toggled).toStrictEqual([true, false]);
  await expectFocus(button);
});

test("who may not send has no button for it", async () => {
  open({ may_send: false });
  await expect.element(page.getByRole("button", { name: "Share" })).toBeVisible();
  expect(button.elements()).toHaveLength(0);
});
