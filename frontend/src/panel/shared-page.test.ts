import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { request } from "../../mock/requests.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { FINGERPRINT, SHARES } from "../../mock/shares.ts";
import { SharedPage } from "./shared-page.ts";

const DOORBELL = {
  doorbell_id: "doorbell-2",
  name: "Garden gate",
  camera_entity_id: "camera.doorbell_2",
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
};

function open(shares = SHARES, change: Partial<SharedPage> = {}) {
  const element = new SharedPage();
  const timed = shares.map((one) => ({ ...one, cancelUntil: null }));
  Object.assign(element, { shares: timed, doorbells: [DOORBELL], ...change });
  const connection = new MockConnection("clips");
  show(element, connection);
  return { element, connection };
}

const sent = (connection: MockConnection) => connection.sent.map(({ type }) => type);

test("each share says how it stands and leads to its clip", async () => {
  open();
  await expect
    .element(page.getByRole("heading", { level: 1 }))
    .toHaveTextContent("Shared clips");
  // Items that need an action come first.
  const [now, before] = page.getByRole("list").elements();
  expect(now?.querySelectorAll("li").length).toBe(4);
  expect(before?.querySelectorAll("li").length).toBe(3);
  const link = page.getByRole("link", { name: /^Ring, .*, Garden gate$/ }).first();
  await expect.element(link).toHaveAttribute("href", "/doorwatch/clip/clip-0");
  await expect
    .element(page.getByText("Its clip is no longer stored here"))
    .toBeVisible();
});

test("a share that is taken back stays in sight, and says that nothing was sent", async () => {
  const { element, connection } = open(SHARES.slice(0, 1));
  await userEvent.click(page.getByRole("button", { name: "Undo" }));
  expect(sent(connection)).toContain("doorwatch/share/cancel");
  element.shares = element.shares.map((one) => ({
    ...one,
    state: "cancelled" as const,
  }));
  const now = page.getByRole("heading", { name: "Current shares" });
  await expect.element(now).toBeInTheDocument();
  await expect
    .element(page.getByText("Undone. Nothing was sent.").first())
    .toBeVisible();
});

test("the fingerprint is read out of it, and receipts are taken home", async () => {
  const delivered = SHARES.filter(({ state }) => state === "delivered");
  const { connection } = open(delivered);
  await userEvent.click(page.getByRole("button", { name: /^Show fingerprint/ }));
  await expect.element(page.getByText(FINGERPRINT)).toBeVisible();
  await userEvent.click(page.getByRole("button", { name: /agency's receipt/ }));
  expect(sent(connection)).toStrictEqual([
    "doorwatch/share/proof",
    "doorwatch/share/proof",
  ]);
});

test("what was answered and what was declared goes with the share", async () => {
  const delivered = SHARES.filter(({ state }) => state === "delivered");
  const { connection } = open(delivered);
  await expect
    .element(page.getByText(/Answers the request:/))
    .toHaveTextContent("Answers the request: 2026-0417");
  await userEvent.click(page.getByRole("button", { name: /draft declaration/ }));
  expect(sent(connection)).toStrictEqual(["doorwatch/share/proof"]);
  open(SHARES.filter(({ state }) => state === "uploaded"));
  await expect.element(page.getByText(/^Uploaded to/)).toBeVisible();
  expect(page.getByText(/Answers the request:/).elements()).toStrictEqual([]);
  expect(
    page.getByRole("button", { name: /draft declaration/ }).elements(),
  ).toStrictEqual([]);
});

test("a clip is withdrawn after a question, of which the easy answer is no", async () => {
  const delivered = SHARES.filter(({ state }) => state === "delivered");
  const { connection } = open(delivered);
  const withdraw = page.getByRole("button", { name: /^Withdraw the share/ });
  await userEvent.click(withdraw);
  await expectFocus(page.getByRole("button", { name: "Cancel" }));
  await userEvent.keyboard("{Enter}");
  await expectFocus(withdraw);
  expect(sent(connection)).not.toContain("doorwatch/share/withdraw");
  await userEvent.keyboard("{Enter}");
  await userEvent.click(page.getByRole("button", { name: "Ask to delete" }));
  expect(sent(connection)).toContain("doorwatch/share/withdraw");
});

test("what was proposed is reviewed or dismissed", async () => {
  const proposal = {
    proposal_id: "proposal-1",
    clip_id: "clip-0",
    doorbell_id: "doorbell-1",
    agency_id: "agency-1",
    request_id: "2026-0417",
    at: new Date().toISOString(),
    by: "automation",
    user: null,
  };
  const { connection } = open([], { proposals: [proposal] });
  await userEvent.click(page.getByRole("button", { name: "Review and share" }));
  const dialog = page.getByRole("dialog");
  await expect.element(dialog).toBeVisible();
  await expect.element(dialog.getByText(/^\s*Answers the request:/)).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await userEvent.click(page.getByRole("button", { name: "Dismiss" }));
  expect(sent(connection)).toContain("doorwatch/proposals/dismiss");
});

test("where nothing was shared, it is said how that is done", async () => {
  open([]);
  await expect.element(page.getByText("Nothing has been shared yet.")).toBeVisible();
});

test("what a share answers goes by its title while the agency asks, and always by its name", async () => {
  const { element } = open();
  await expect
    .element(page.getByText("Answers the request: 2026-0417"))
    .toBeInTheDocument();
  const agency_id = SHARES.find((one) => one.request_id)?.agency_id ?? "";
  element.requests = { ...element.requests, requests: [request({ agency_id })] };
  await expect
    .element(page.getByText("Answers the request: A bicycle was stolen · 2026-0417"))
    .toBeInTheDocument();
});
