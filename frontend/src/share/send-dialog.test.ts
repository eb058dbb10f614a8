import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { film } from "../../mock/film.ts";
import { clip } from "../../mock/hass.ts";
import { button, dialog, Home, messages } from "../../mock/share-dialog.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Refusal } from "../api/commands.ts";
import type { Message } from "../ha/hass.ts";
import { SendDialog } from "./send-dialog.ts";

const PREPARE = "doorwatch/copy/prepare";
let video: string;

beforeAll(async () => {
  video = await film();
});

/** A home whose copies have this page's video. */
class Sending extends Home {
  override subscribeMessage(
    callback: (event: unknown) => void,
    message: Message,
  ): ReturnType<Home["subscribeMessage"]> {
    return super.subscribeMessage(
      (event) => callback({ ...(event as object), url: video }),
      message,
    );
  }
}

function open(home = new Sending("clips"), change: Parameters<typeof clip>[1] = {}) {
  const element = new SendDialog();
  element.clip = clip(0, change);
  element.doorbell = "Front door";
  element.addEventListener("dialog-closed", () => element.remove());
  show(element, home);
  return home;
}

/** Give this browser a share sheet. */
function sheet(share: () => Promise<void>): void {
  Object.defineProperties(navigator, {
    canShare: { value: () => true, configurable: true },
    share: { value: share, configurable: true },
  });
}

afterEach(() => {
  for (const name of ["canShare", "share"]) Reflect.deleteProperty(navigator, name);
});

async function prepare(): Promise<void> {
  await userEvent.click(button("Next"));
  await userEvent.click(button("Prepare"));
  await expect.element(dialog("Watch the copy, then send it")).toBeVisible();
}

test("two steps lead to the copy, each read from its heading, without recipient or PIN", async () => {
  const home = open();
  await expect.element(dialog("Send to someone")).toBeVisible();
  await expect.element(page.getByText("Step 1 of 3")).toBeVisible();
  await userEvent.fill(page.getByLabelText("Start (seconds)"), "4");
  await userEvent.click(page.getByLabelText(/Include audio/));
  await userEvent.click(button("Next"));
  await expect.element(dialog("Cover parts of the image")).toBeVisible();
  await expectFocus(page.getByRole("heading", { level: 2 }));
  await userEvent.click(button("Add area"));
  await userEvent.click(button("Prepare"));
  await expect.element(dialog("Watch the copy, then send it")).toBeVisible();
  await expectFocus(page.getByRole("heading", { level: 2 }));
  expect(messages(home, PREPARE)).toStrictEqual([
    {
      type: PREPARE,
      clip_id: "clip-0",
      edits: {
        start: 4,
        audio: true,
        redact: [{ left: 0.25, top: 0.3, width: 0.4, height: 0.4 }],
      },
    },
  ]);
  await expect.element(page.getByText(/Every administrator can see/)).toBeVisible();
  await expect.element(page.getByText(/Voices can be heard/)).toBeInTheDocument();
});

test("without a share sheet there is only the download", async () => {
  open();
  await prepare();
  await expect.element(button("Download")).toBeVisible();
  expect(button("Send").elements()).toHaveLength(0);
  await expect.element(page.getByText(/can't pass files to other apps/)).toBeVisible();
});

test("with one, a second tap opens it", async () => {
  const share = vi.fn(() => Promise.resolve());
  sheet(share);
  open();
  await prepare();
  expect(share).not.toHaveBeenCalled();
  await userEvent.click(button("Send"));
  expect(share).toHaveBeenCalledTimes(1);
  await expect
    .element(page.getByText("Passed to the app that you chose."))
    .toBeVisible();
  await expect.element(button("Download")).toBeVisible();
});

test("a device that does not take the copy leads to the download", async () => {
  sheet(() => Promise.reject(new DOMException("", "NotAllowedError")));
  open();
  await prepare();
  await userEvent.click(button("Send"));
  await expect.element(page.getByRole("alert")).toHaveTextContent(/didn't pass/);
  await expect.element(button("Download")).toBeVisible();
});

test("mistakes are told before anything is prepared", async () => {
  const home = open();
  await userEvent.fill(page.getByLabelText("Start (seconds)"), "20");
  await userEvent.fill(page.getByLabelText("End (seconds)"), "10");
  await userEvent.click(button("Next"));
  await expect.element(page.getByRole("alert")).toHaveTextContent(/must be after/);
  await expectFocus(page.getByLabelText("Start (seconds)"));
  expect(messages(home, PREPARE)).toHaveLength(0);
});

test("a page that is not this home's says so where the dialog opens", async () => {
  const home = new Sending("clips");
  const refusal: Refusal = {
    code: "foreign_client",
    message: "You logged in there.",
    placeholders: { address: "http://there.example" },
  };
  home.agencies = { refusal };
  open(home);
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("You logged in at http://there.example.");
  expect(button("Next").elements()).toHaveLength(0);
});

test("a copy that this browser cannot play says so, and can still be sent", async () => {
  open(new Sending("clips"));
  video = "data:video/mp4,nothing";
  try {
    await prepare();
    await expect
      .element(page.getByText(/^This browser can't play the copy/))
      .toBeVisible();
    await expect.element(button("Download")).toBeEnabled();
  } finally {
    video = await film();
  }
});
