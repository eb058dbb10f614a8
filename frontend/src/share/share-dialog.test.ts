import { expect, test } from "vitest";
import { page, userEvent, type Locator } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import {
  button,
  dialog,
  Home,
  messages,
  open,
  prepare,
  radio,
  share,
  times,
  toRecipient,
} from "../../mock/share-dialog.ts";
import { expectFocus, show, tabTo } from "../../mock/show.ts";
import type { Message } from "../ha/hass.ts";

test("three steps lead to the review, each read from its heading, and back again", async () => {
  open(new Home("clips"));
  for (const [step, name, next] of [
    ["Step 1 of 4", "Trim the clip", "Next"],
    ["Step 2 of 4", "Cover parts of the image", "Skip"],
  ] as const) {
    await expect.element(dialog(name)).toBeVisible();
    await expect.element(page.getByText(step)).toBeVisible();
    await expectFocus(page.getByRole("heading", { level: 2 }));
    await userEvent.click(button(next));
  }
  await expect.element(page.getByText("Step 3 of 4")).toBeVisible();
  await expectFocus(
    page.getByRole("heading", { level: 2, name: "Choose the recipient" }),
  );
  await userEvent.click(radio(/police.sample-town/));
  await userEvent.keyboard("{Enter}");
  await expect.element(dialog("Review what will be sent")).toBeVisible();
  await expect.element(page.getByText("Step 4 of 4")).toBeVisible();
  for (const name of [
    "Choose the recipient",
    "Cover parts of the image",
    "Trim the clip",
  ]) {
    await userEvent.click(button("Back"));
    await expect.element(dialog(name)).toBeVisible();
    await expectFocus(page.getByRole("heading", { level: 2, name }));
  }
});

test("what is sent to be prepared and shared is what was chosen, and nothing else", async () => {
  const { home } = open(new Home("clips"));
  await userEvent.fill(page.getByLabelText("Start (seconds)"), "4");
  await userEvent.click(page.getByLabelText(/Include audio/));
  await userEvent.click(button("Next"));
  await userEvent.click(button("Add area"));
  await userEvent.click(button("Next"));
  await userEvent.click(radio(/police.sample-town/));
  await userEvent.click(page.getByLabelText("Send my name"));
  await userEvent.fill(page.getByLabelText(/Case reference/), " X-1 ");
  await userEvent.fill(page.getByLabelText(/Note to the agency/), "By the gate.");
  await userEvent.click(button("Review"));
  await userEvent.click(share);
  await expect.element(dialog("Sharing")).toBeVisible();
  expect(messages(home, "doorwatch/share/prepare")).toStrictEqual([
    {
      type: "doorwatch/share/prepare",
      clip_id: "clip-0",
      agency_id: "agency-1",
      edits: {
        start: 4,
        audio: true,
        redact: [{ left: 0.25, top: 0.3, width: 0.4, height: 0.4 }],
      },
      note: "By the gate.",
      case_reference: "X-1",
      personal: { name: "Robin Example" },
      language: "en",
    },
  ]);
  expect(messages(home, "call_service")).toStrictEqual([
    {
      type: "call_service",
      domain: "doorwatch",
      service: "share_clip",
      service_data: {
        clip_id: "clip-0",
        agency_id: "agency-1",
        confirmation: "confirmation-1",
      },
      return_response: true,
    },
  ]);
});

test("with nothing chosen but the agency, only the clip goes along", async () => {
  const { home } = open(new Home("clips"));
  await prepare();
  await expect.element(share).toBeEnabled();
  expect(messages(home, "doorwatch/share/prepare")).toStrictEqual([
    {
      type: "doorwatch/share/prepare",
      clip_id: "clip-0",
      agency_id: "agency-1",
      edits: { audio: false },
      personal: {},
      language: "en",
    },
  ]);
});

test("what is missing is said where it is missing", async () => {
  const { home } = open(new Home("clips"));
  await userEvent.fill(page.getByLabelText("Start (seconds)"), "20");
  await userEvent.fill(page.getByLabelText("End (seconds)"), "10");
  await userEvent.click(button("Next"));
  await expect.element(page.getByRole("alert")).toHaveTextContent("must be after");
  await expectFocus(page.getByLabelText("Start (seconds)"));
  await userEvent.clear(page.getByLabelText("Start (seconds)"));
  await toRecipient();
  await userEvent.click(button("Review"));
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("Choose who to send it to.");
  await expectFocus(radio(/police.sample-town/));
  expect(times(home, "doorwatch/share/prepare")).toBe(0);
});

test("only a tap on what was shown shares it", async () => {
  const { home } = open(new Home("clips"));
  await prepare();
  await expect.element(share).toBeEnabled();
  await expectFocus(page.getByRole("heading", { level: 2 }));
  // A script cannot confirm.
  (share.element() as HTMLElement).click();
  expect(times(home, "call_service")).toBe(0);
  await userEvent.click(share);
  expect(times(home, "call_service")).toBe(1);
});

test("a clip is shared by keyboard alone", async () => {
  const { home } = open(new Home("clips"));
  const press = async (locator: Locator, keys = "{Enter}"): Promise<void> => {
    await tabTo(locator);
    await userEvent.keyboard(keys);
  };
  await expect.element(dialog("Trim the clip")).toBeVisible();
  await press(page.getByLabelText(/Include audio/), " ");
  await press(button("Next"));
  await press(button("Skip"));
  await press(radio(/police.sample-town/), " ");
  await press(page.getByLabelText(/Case reference/), "X-1");
  await press(button("Review"));
  await expect.element(share).toBeEnabled();
  await press(share);
  expect(times(home, "call_service")).toBe(1);
  expect(messages(home, "doorwatch/share/prepare")).toMatchObject([
    { edits: { audio: true }, case_reference: "X-1" },
  ]);
});

test("what nobody could look at is not shared", async () => {
  open(new MockConnection("never-shown"));
  await prepare();
  await expect.element(page.getByText(/can't show what would be sent/)).toBeVisible();
  await expect.element(share).toBeDisabled();
});

test("a step back drops what was prepared, and so does Escape", async () => {
  const { home } = open(new Home("clips"));
  await prepare();
  await userEvent.click(button("Back"));
  await expect.element(dialog("Choose the recipient")).toBeVisible();
  expect(times(home, "unsubscribe")).toBe(1);
  await userEvent.click(button("Review"));
  await expect.element(dialog("Review what will be sent")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await expect.poll(() => times(home, "unsubscribe")).toBe(2);
  expect(times(home, "call_service")).toBe(0);
});

test("the PIN is asked for in sight, where it is wanted", async () => {
  await page.viewport(390, 844);
  try {
    open(new Home("pin"));
    await prepare();
    const pin = page.getByLabelText("Sharing PIN");
    await expectFocus(pin);
    const said = page.getByText("This home requires a PIN to share.");
    for (const shown of [pin, said]) {
      const box = shown.element().getBoundingClientRect();
      const footer = button("Back").element().getBoundingClientRect();
      expect(box.top).toBeGreaterThan(0);
      expect(box.bottom).toBeLessThan(footer.top);
    }
    await userEvent.keyboard("1234");
    await userEvent.click(button("Review"));
    await expect.element(dialog("Review what will be sent")).toBeVisible();
  } finally {
    await page.viewport(414, 896);
  }
});

/** A home that never finishes preparing. */
class SlowHome extends Home {
  override subscribeMessage(
    callback: (event: unknown) => void,
    message: Message,
  ): ReturnType<Home["subscribeMessage"]> {
    return super.subscribeMessage((event) => {
      if ((event as { type?: string }).type !== "ready") callback(event);
    }, message);
  }
}

test("the PIN is asked for again after preparing was canceled", async () => {
  open(new SlowHome("pin"));
  await prepare();
  const pin = page.getByLabelText("Sharing PIN");
  await userEvent.fill(pin, "1234");
  await userEvent.click(button("Review"));
  await userEvent.click(button("Cancel"));
  await expect.element(dialog("Choose the recipient")).toBeVisible();
  await expect.element(pin).toHaveValue("");
});

test("a draft survives closing, without the PIN, and says from when it is", async () => {
  const { home, toasts } = open(new Home("pin"));
  await userEvent.fill(page.getByLabelText("Start (seconds)"), "4");
  await prepare();
  await userEvent.fill(page.getByLabelText(/Note to the agency/), "By the gate.");
  await userEvent.fill(page.getByLabelText("Sharing PIN"), "1234");
  await userEvent.keyboard("{Escape}");
  await expect.element(dialog("Choose the recipient")).not.toBeInTheDocument();
  expect(toasts).toStrictEqual(["Nothing was sent. Your draft is saved."]);
  expect(home.draft?.["note"]).toBe("By the gate.");
  expect(JSON.stringify(messages(home, "doorwatch/draft/save"))).not.toContain("1234");

  open(home);
  await expect
    .element(page.getByText(/^Your draft from today, \d\d:\d\d/))
    .toBeVisible();
  await expect.element(page.getByLabelText("Start (seconds)")).toHaveValue("4");
  await toRecipient();
  await expect.element(radio(/police.sample-town/)).toBeChecked();
  await expect.element(page.getByLabelText(/Note/)).toHaveValue("By the gate.");
  await userEvent.click(button("Start over"));
  await expect.element(dialog("Trim the clip")).toBeVisible();
  await expect.element(page.getByLabelText("Start (seconds)")).toHaveValue("");
  await expect.poll(() => home.draft).toBe(null);
});

test("what was shared leaves no draft", async () => {
  const { home } = open(new Home("clips"));
  await userEvent.fill(page.getByLabelText("Start (seconds)"), "4");
  await expect.poll(() => home.draft).not.toBe(null);
  await prepare();
  await userEvent.click(share);
  await expect.element(dialog("Sharing")).toBeVisible();
  await expect.poll(() => home.draft).toBe(null);
});

test("nothing filled in, nothing kept, nothing said", async () => {
  const { home, toasts } = open(new Home("clips"));
  await expect.element(page.getByRole("slider").first()).toBeVisible();
  await userEvent.click(button("Cancel"));
  await expect.element(dialog("Trim the clip")).not.toBeInTheDocument();
  expect(times(home, "doorwatch/draft/save")).toBe(0);
  expect(toasts).toStrictEqual([]);
});

const PAGE = "https://harbour.vendor.example";
const BY_LINK = {
  agency_id: "by-link",
  name: "Harbour Police",
  host: "harbour.vendor.example",
  compared: false,
  available: true,
  problem: null,
  upload_page: PAGE,
};

test("an upload link stays in this browser, and outlives a reload of the page", async () => {
  const home = new Home("clips");
  home.agencies = { agencies: [BY_LINK] };
  const { element } = open(home);
  await toRecipient();
  const link = page.getByLabelText("Upload link from the agency");
  await userEvent.fill(link, "https://evil.example/upload");
  await userEvent.click(button("Review"));
  await expectFocus(link);
  await userEvent.fill(link, `${PAGE}/upload?token=planted-link-secret`);
  await userEvent.fill(page.getByLabelText(/Note/), "By the gate.");
  await userEvent.click(button("Review"));
  await userEvent.click(share);
  await expect.element(dialog("Sharing")).toBeVisible();
  expect(JSON.stringify(home.sent)).not.toContain("planted-link-secret");
  element.remove();

  // As after a reload, only the tab's session storage is left.
  const { BY_HAND } = await import("../../mock/shares.ts");
  const status = document.createElement("doorwatch-share-status");
  status.zone = "Europe/Berlin";
  status.share = {
    ...BY_HAND[0],
    share_id: "share-new",
    cancelUntil: null,
  } as typeof status.share;
  show(status);
  await expect
    .element(page.getByRole("link", { name: "Open upload page" }))
    .toHaveAttribute("href", `${PAGE}/upload?token=planted-link-secret`);
});

test("who cannot share is told why, and whom to ask", async () => {
  open(new Home("clips"), { may_share: false });
  await expect.element(dialog("Share clip")).toBeVisible();
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("You don't have permission to share clips from this doorbell.");
  expect(page.getByRole("textbox").elements().length).toBe(0);
});

test("without an agency it is explained, and an administrator is led on", async () => {
  open(new Home("no-agency"));
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("No agency is set up");
  await expect
    .element(page.getByRole("link", { name: "Add an agency" }))
    .toHaveAttribute("href", "/config/integrations/integration/doorwatch");
});

test("where it was opened from elsewhere, nothing can be filled in", async () => {
  open(new Home("foreign"));
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("You logged in at http://elsewhere.example.");
  await expect.element(button("Next")).not.toBeInTheDocument();
});
