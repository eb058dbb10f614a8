import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { html, render } from "lit";
import { BY_HAND, share } from "../../mock/shares.ts";
import { show } from "../../mock/show.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { Strings } from "../i18n/strings.ts";
import { isShown, renderShares } from "./share-list.ts";

const timed = (...change: Parameters<typeof share>): TimedShare => ({
  ...share(...change),
  cancelUntil: null,
});
const none = new Set<string>();
const LONG_AGO = new Date(Date.now() - 3_600_000).toISOString();

function list(...shares: TimedShare[]): void {
  const root = document.createElement("div");
  show(root);
  render(
    html`${renderShares({
      strings: new Strings("en"),
      zone: "Europe/Berlin",
      shares,
      describe: ({ doorbell_id }) => `Ring at ${doorbell_id}`,
      hide: () => undefined,
      again: () => undefined,
    })}`,
    root,
  );
}

test("a share that was taken back says that nothing was sent, for a while", async () => {
  const undone = timed("cancelled", { ended_at: new Date().toISOString() });
  expect(isShown(undone, none)).toBe(true);
  expect(isShown({ ...undone, ended_at: LONG_AGO }, none)).toBe(false);
  expect(isShown(undone, new Set([undone.share_id]))).toBe(false);
  list(undone);
  await expect
    .element(page.getByText("Undone. Nothing was sent.").first())
    .toBeVisible();
  await expect.element(page.getByRole("button", { name: "Hide" })).toBeVisible();
});

test("what arrived says which clip it was", async () => {
  list(timed("delivered"));
  await expect.element(page.getByText("Ring at doorbell-2")).toBeVisible();
});

test("a package is offered for download before anything that gives it up", async () => {
  const [ready] = BY_HAND;
  list({ ...ready, cancelUntil: null } as TimedShare);
  await expect.element(page.getByRole("button").first()).toHaveTextContent("Download");
  await expect.element(page.getByRole("button").last()).toHaveTextContent("Stop");
});
