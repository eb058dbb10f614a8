import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { share } from "../../mock/shares.ts";
import { show } from "../../mock/show.ts";
import { Strings } from "../i18n/strings.ts";
import "./share-row.ts";

function row(change: Parameters<typeof share>[1]): void {
  const element = document.createElement("doorwatch-share-row");
  Object.assign(element, {
    strings: new Strings("en"),
    hass: { config: { time_zone: "Europe/Berlin" } },
    share: { ...share("failed", change), cancelUntil: null },
  });
  show(element);
}

const draft = (): ReturnType<typeof page.getByRole> =>
  page.getByRole("button", { name: "Download draft declaration" });

test("a draft of a declaration that went along can be had", async () => {
  row({ has_declaration: true });
  await expect.element(draft()).toBeVisible();
});

test("without one there is nothing to download", async () => {
  row({ has_declaration: false, has_receipt: true });
  await expect
    .element(page.getByRole("button", { name: "Download receipt" }))
    .toBeVisible();
  expect(draft().query()).toBeNull();
});
