import { beforeAll, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clip, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Message } from "../ha/hass.ts";
import { ShareDialog } from "./share-dialog.ts";

let video: string;

/** A second of grey: what is looked at has to be a film. */
beforeAll(async () => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20));
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  for (let shade = 0; shade < 10; shade += 1) {
    if (context) context.fillStyle = `rgb(${shade} 0 0)`;
    context?.fillRect(0, 0, canvas.width, canvas.height);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  recorder.stop();
  await stopped;
  video = URL.createObjectURL(new Blob(parts, { type: recorder.mimeType }));
});

/** A home that shows a film of this page. */
class Home extends MockConnection {
  override subscribeMessage(
    callback: (event: unknown) => void,
    message: Message,
  ): ReturnType<MockConnection["subscribeMessage"]> {
    return super.subscribeMessage(
      (event) => callback({ ...(event as object), preview_url: video }),
      message,
    );
  }
}

function open(
  state = "clips",
  connection: MockConnection = new Home(state),
): MockConnection {
  const element = new ShareDialog();
  element.clip = clip(0);
  element.doorbell = "Front door";
  show(element, connection);
  return connection;
}

const dialog = (name: string) => page.getByRole("dialog", { name });
const button = (name: string) => page.getByRole("button", { name });
const times = (home: MockConnection, type: string): number =>
  home.sent.filter((one) => one.type === type).length;

async function prepare(): Promise<void> {
  await userEvent.click(page.getByRole("radio", { name: /police.sample-town/ }));
  await userEvent.click(button("Show me what will be sent"));
}

test("it asks first, and what is missing is said where it is missing", async () => {
  const home = open();
  await expect.element(dialog("Share a clip")).toBeVisible();
  await userEvent.click(button("Show me what will be sent"));
  await expectFocus(page.getByRole("radio", { name: /police.sample-town/ }));
  expect(times(home, "doorwatch/share/prepare")).toBe(0);
});

test("what will be sent is shown, and only a tap after that shares it", async () => {
  const home = open();
  await prepare();
  await expect.element(dialog("This is what will be sent")).toBeVisible();
  const share = button("Share this clip with police.sample-town.example");
  await expect.element(share).toBeEnabled();
  await expectFocus(page.getByRole("heading", { level: 2 }));
  // A script is nobody's tap.
  (share.element() as HTMLElement).click();
  expect(times(home, "call_service")).toBe(0);
  await userEvent.click(share);
  expect(times(home, "call_service")).toBe(1);
  await expect.element(dialog("Sharing")).toBeVisible();
});

test("what nobody could look at is not shared", async () => {
  open("clips", new MockConnection("never-shown"));
  await prepare();
  await expect.element(page.getByText(/cannot show what would be sent/)).toBeVisible();
  await expect.element(button("Share this clip with")).toBeDisabled();
});

test("a step back drops what was prepared, and so does Escape", async () => {
  const home = open();
  await prepare();
  await userEvent.click(button("Change something"));
  await expect.element(dialog("Share a clip")).toBeVisible();
  expect(times(home, "unsubscribe")).toBe(1);
  await userEvent.click(button("Show me what will be sent"));
  await expect.element(dialog("This is what will be sent")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await expect.poll(() => times(home, "unsubscribe")).toBe(2);
  expect(times(home, "call_service")).toBe(0);
});

test("the PIN is asked for where it is wanted", async () => {
  open("pin");
  await prepare();
  const pin = page.getByLabelText("PIN of this home for sharing");
  await expectFocus(pin);
  await userEvent.keyboard("1234");
  await userEvent.click(button("Show me what will be sent"));
  await expect.element(dialog("This is what will be sent")).toBeVisible();
});
