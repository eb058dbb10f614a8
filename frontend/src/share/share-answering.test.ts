import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { MockConnection } from "../../mock/hass.ts";
import {
  button,
  dialog,
  Home,
  messages,
  open,
  share,
  times,
  toRecipient,
} from "../../mock/share-dialog.ts";
import type { Message } from "../ha/hass.ts";

const ASKED = {
  agency_id: "agency-2",
  request_id: "2026-0417",
  title: "A bicycle was stolen",
  case_reference: "PL1300-2026-0417",
};
const bound = page.getByText(/^\s*Answers the request:/);

test("a request that is answered chooses its agency and its case, and can be let go of", async () => {
  const home = new Home("requests");
  const { element } = open(home, {}, ASKED);
  await toRecipient();
  await expect.element(bound).toHaveTextContent("A bicycle was stolen");
  expect(page.getByRole("radio").elements().length).toBe(1);
  await expect
    .element(page.getByLabelText("Case reference (optional)"))
    .toHaveValue("PL1300-2026-0417");
  element.remove();
  // An unchanged form is not saved.
  expect(times(home, "doorwatch/draft/save")).toBe(0);

  open(home, {}, ASKED);
  await toRecipient();
  await userEvent.click(button("Share without the request"));
  await expect.element(bound).not.toBeInTheDocument();
  expect(page.getByRole("radio").elements().length).toBe(3);
  await userEvent.click(button("Review"));
  await expect.element(dialog("Review what will be sent")).toBeVisible();
  expect(messages(home, "doorwatch/share/prepare")[0]).not.toHaveProperty("request_id");
});

test("a draft for another request does not change what is answered", async () => {
  const home = new Home("requests");
  home.draft = {
    at: new Date().toISOString(),
    agencyId: "agency-1",
    requestId: "other",
    caseReference: "OTHER-1",
    note: "By the gate.",
  };
  open(home, {}, ASKED);
  await toRecipient();
  await expect.element(page.getByLabelText(/Note/)).toHaveValue("By the gate.");
  await userEvent.click(button("Review"));
  await expect
    .poll(() => messages(home, "doorwatch/share/prepare")[0])
    .toMatchObject({
      agency_id: "agency-2",
      request_id: "2026-0417",
      case_reference: "PL1300-2026-0417",
      note: "By the gate.",
    });
});

test("a draft goes on answering what it answered", async () => {
  const home = new Home("requests");
  home.draft = {
    at: new Date().toISOString(),
    agencyId: "agency-1",
    requestId: "2026-0417",
    caseReference: "Mine",
  };
  open(home);
  await toRecipient();
  await expect.element(bound).toHaveTextContent("2026-0417");
  await userEvent.click(button("Review"));
  await expect
    .poll(() => messages(home, "doorwatch/share/prepare")[0])
    .toMatchObject({
      agency_id: "agency-1",
      request_id: "2026-0417",
      case_reference: "Mine",
    });
});

test("a request that was closed meanwhile leads back to where it can be let go of", async () => {
  const home = new Home("requests");
  open(home, {}, { ...ASKED, request_id: "hostile" });
  await toRecipient();
  await userEvent.click(button("Review"));
  await expect.element(page.getByRole("alert")).toBeVisible();
  await expect.element(dialog("Choose the recipient")).toBeVisible();
  await userEvent.click(button("Share without the request"));
  await userEvent.click(button("Review"));
  await expect.element(dialog("Review what will be sent")).toBeVisible();
});

test("a clip that doesn't match goes only with the word of a person", async () => {
  const home = new Home("requests");
  open(home, {}, { ...ASKED, request_id: "elsewhere" });
  await toRecipient();
  const belongs = page.getByRole("checkbox", { name: /still belongs to the request/ });
  await expect.element(belongs).not.toBeInTheDocument();
  await userEvent.click(button("Review"));
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent(/doesn't match the area or time of this request/);
  await userEvent.click(belongs);
  await userEvent.click(button("Review"));
  await expect.element(dialog("Review what will be sent")).toBeVisible();
  const [first, second] = messages(home, "doorwatch/share/prepare");
  expect(first).not.toHaveProperty("still_belongs");
  expect(second).toMatchObject({ still_belongs: true, request_id: "elsewhere" });
});

test("a draft of a declaration says what it is, and is read whole before the tap", async () => {
  const home = new Home("requests");
  open(home, {}, ASKED);
  await toRecipient();
  const means = page.getByText(/declares, under penalty of perjury/);
  await expect.element(means).not.toBeInTheDocument();
  await userEvent.click(
    page.getByRole("checkbox", { name: /^Include a draft declaration/ }),
  );
  await expect.element(means).toBeVisible();
  await userEvent.click(button("Review"));
  const text = page.getByRole("region", { name: "Draft declaration" });
  await expect.element(text).toHaveTextContent("CERTIFICATION OF RECORDS");
  await expect.element(text).toHaveAttribute("tabindex", "0");
  expect(messages(home, "doorwatch/share/prepare")[0]).toMatchObject({
    declaration: true,
    request_id: "2026-0417",
  });
  await expect.element(share).toBeEnabled();
});

test("what goes along and cannot be read is not shared", async () => {
  class Mute extends Home {
    override subscribeMessage(
      callback: (event: unknown) => void,
      message: Message,
    ): ReturnType<MockConnection["subscribeMessage"]> {
      return super.subscribeMessage(
        (event) => callback({ ...(event as object), declaration: null }),
        message,
      );
    }
  }
  open(new Mute("requests"), {}, ASKED);
  await toRecipient();
  await userEvent.click(
    page.getByRole("checkbox", { name: /^Include a draft declaration/ }),
  );
  await userEvent.click(button("Review"));
  await expect
    .element(page.getByText(/You can tap Share once/))
    .not.toBeInTheDocument();
  await expect.element(share).toBeDisabled();
});
