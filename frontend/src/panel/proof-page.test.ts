import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { FINGERPRINT, share } from "../../mock/shares.ts";
import { ProofPage } from "./proof-page.ts";

function open({ admin = true, state = "clips" } = {}) {
  const element = new ProofPage();
  element.shares = [share("delivered")];
  const connection = new MockConnection(state);
  const home = show(element, connection);
  const hass = makeHass(connection, state);
  home.provider.set({ ...hass, user: { id: "1", name: "Kim", is_admin: admin } });
  return { element, connection };
}

const sent = (connection: MockConnection) => connection.sent.map(({ type }) => type);

test("the page begins with what the ledger proves", async () => {
  open({ admin: false });
  const proved = page.getByText(
    "No clip was shared from this home unless someone here sent it.",
  );
  await expect.element(proved).toBeVisible();
});

test("a ledger that was changed proves nothing, and the page says so", async () => {
  open({ state: "ledger-changed" });
  await expect
    .element(page.getByText(/^Line 17 of the ledger was changed or removed/))
    .toBeVisible();
  await expect.element(page.getByText(/^No clip left/)).not.toBeInTheDocument();
});

test("everybody reads with whom was shared, and what was refused", async () => {
  const { connection } = open({ admin: false });
  await expect.element(page.getByText("Someone tapped Share 4 times.")).toBeVisible();
  await expect
    .element(
      page.getByText("The agency confirmed with its signature that it has 2 clips."),
    )
    .toBeVisible();
  await expect
    .element(page.getByRole("heading", { name: "Removed agency" }))
    .toBeVisible();
  await expect
    .element(page.getByText("3 attempts to share were refused."))
    .toBeVisible();
  // Groups never receive shares.
  await expect
    .element(page.getByRole("heading", { name: "Neighborhood Office" }))
    .toBeVisible();
  expect(page.getByText("Elm Street Neighbors").elements()).toHaveLength(0);
  // Commands for administrators are not sent.
  expect(sent(connection)).toStrictEqual(["doorwatch/transparency"]);
});

test("everybody reads what became of what agencies asked, and that it stays here", async () => {
  open({ admin: false });
  for (const words of [
    "7 agency requests were for the area around your doors.",
    "1 was answered with a clip.",
    "2 requests and bulletins are hidden now, by anyone in this home.",
    /^None of these numbers leave your home\./,
  ])
    await expect.element(page.getByText(words)).toBeVisible();
});

test("who may not see each doorbell reads no number of requests", async () => {
  const real = new MockConnection("clips");
  const answer = real.sendMessagePromise.bind(real);
  const asked = vi
    .spyOn(MockConnection.prototype, "sendMessagePromise")
    .mockImplementation(async (message) =>
      Object.assign((await answer(message)) as object, { requests: null }),
    );
  open({ admin: false });
  await expect
    .element(page.getByText("3 attempts to share were refused."))
    .toBeVisible();
  expect(page.getByText("Requests from agencies").elements()).toHaveLength(0);
  asked.mockRestore();
});

test("what the home signs with is shown for the agency that asks", async () => {
  open();
  await userEvent.click(
    page.getByRole("button", { name: "Show fingerprint of your home for Police" }),
  );
  await expect.element(page.getByText(FINGERPRINT)).toBeVisible();
});

test("administrators read it line by line, in words", async () => {
  open();
  const line = page.getByRole("listitem").filter({ hasText: "line 412" });
  await expect
    .element(line)
    .toHaveTextContent("Police of Sample Town answered the request to delete a clip.");
  await expect
    .element(page.getByText("Something else was written down about Police"))
    .toHaveTextContent("something_new");
});

test("personal details are forgotten after a question, and the line stays", async () => {
  const { connection } = open();
  const forget = page.getByRole("button", { name: /^Delete details/ });
  await userEvent.click(forget);
  await expectFocus(page.getByRole("button", { name: "Cancel" }));
  expect(sent(connection)).not.toContain("doorwatch/transparency/forget");
  await userEvent.click(page.getByRole("button", { name: "Delete" }));
  const line = page.getByRole("listitem").filter({ hasText: "line 397" });
  await expectFocus(line);
  await expect.element(line).toHaveTextContent("Its personal details were deleted.");
  await expect.element(page.getByText("Robin Example")).not.toBeInTheDocument();
});

test("the ledger is taken home, and its head is shown in groups", async () => {
  const { connection } = open();
  const digest = page.getByText(/^9f2c 4be1 d07a/);
  await expect.element(digest).not.toBeVisible();
  await userEvent.click(page.getByText(/^Digest of its last line/));
  await expect.element(digest).toBeVisible();
  await userEvent.click(page.getByRole("button", { name: "Download ledger" }));
  await expect.poll(() => sent(connection)).toContain("doorwatch/ledger/link");
});

test("a home that shared nothing says so", async () => {
  open({ state: "empty" });
  await expect.element(page.getByText(/so nothing was shared/)).toBeVisible();
  await expect
    .element(page.getByText("No attempt to share was refused."))
    .toBeVisible();
  await expect
    .element(page.getByText(/^No agency request was for the area/))
    .toBeVisible();
  await expect
    .element(page.getByText(/was answered with a clip/))
    .not.toBeInTheDocument();
  await expect.element(page.getByText("Nothing is hidden now.")).toBeVisible();
});
