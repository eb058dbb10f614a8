import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { DoorwatchPanel } from "../panel/panel.ts";

defineCameraStream();

const wall = page.getByRole("dialog", { name: "Full-screen view" });

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

/** Let the browser offer a lock of the screen; return how often it was taken and given back. */
function offerLock(refuse = false): { taken: number; given: number } {
  const count = { taken: 0, given: 0 };
  const request = (): Promise<unknown> => {
    if (refuse) return Promise.reject(new DOMException("no", "NotAllowedError"));
    count.taken += 1;
    return Promise.resolve({ release: () => Promise.resolve((count.given += 1)) });
  };
  Object.defineProperty(navigator, "wakeLock", {
    value: { request },
    configurable: true,
  });
  return count;
}

async function open(): Promise<MockConnection> {
  history.replaceState(null, "", "/doorwatch");
  const connection = new MockConnection("clips");
  const element = new DoorwatchPanel();
  element.hass = makeHass(connection, "clips");
  document.body.replaceChildren(element);
  await userEvent.click(page.getByRole("button", { name: "More pages" }));
  await userEvent.click(page.getByRole("link", { name: "Full-screen view" }));
  await expect.element(wall).toBeVisible();
  return connection;
}

test("all doorbells are shown, the screen stays on, and leaving ends that", async () => {
  const lock = offerLock();
  await open();
  const tiles = wall.getByRole("button", { name: /open live view$/ });
  await expect.poll(() => tiles.elements().length).toBe(2);
  await expect.poll(() => lock.taken).toBe(1);
  await expect.element(wall.getByText(/screen/)).not.toBeInTheDocument();
  await userEvent.click(
    wall.getByRole("button", { name: "Leave the full-screen view" }),
  );
  await expect.element(wall).not.toBeInTheDocument();
  expect(location.pathname).toBe("/doorwatch");
  await expect.poll(() => lock.given).toBe(1);
});

test("a browser that doesn't keep the screen on is named", async () => {
  offerLock(true);
  await open();
  await expect.element(wall.getByText(/doesn't keep the screen on/)).toBeVisible();
});

test("a ring is shown live and alone until somebody reacts", async () => {
  offerLock();
  const connection = await open();
  const tiles = wall.getByRole("button", { name: /open live view$/ });
  await expect.poll(() => tiles.elements().length).toBe(2);
  connection.doors.tell({ rang_at: new Date().toISOString() }, 0);
  await expect
    .element(wall.getByRole("heading", { name: /^Someone is ringing at Front door/ }))
    .toBeVisible();
  await expect.element(wall.getByText("Live", { exact: true })).toBeVisible();
  await expect
    .element(page.getByRole("region", { name: /ringing/ }))
    .not.toBeInTheDocument();
  await userEvent.click(wall.getByRole("button", { name: "Not now: Front door" }));
  await expect.poll(() => tiles.elements().length).toBe(2);
  await userEvent.keyboard("{Escape}");
  await expect.element(wall).not.toBeInTheDocument();
});

test("it becomes modal in full screen, which would cover it", async () => {
  offerLock();
  const modal: (boolean | undefined)[] = [];
  const isModal = (of: Element): boolean | undefined =>
    of.shadowRoot?.querySelector("dialog")?.matches(":modal");
  vi.spyOn(document, "fullscreenEnabled", "get").mockReturnValue(true);
  vi.spyOn(Element.prototype, "requestFullscreen").mockImplementation(function (
    this: Element,
  ) {
    modal.push(isModal(this));
    return Promise.resolve();
  });
  await open();
  await expect.poll(() => modal).toStrictEqual([false]);
  await expect.poll(() => wall.element().matches(":modal")).toBe(true);
});

test("the first touch of a dim screen only brightens it", async () => {
  offerLock();
  await open();
  const tile = wall.getByRole("button", { name: "Front door: open live view" });
  await expect.element(tile).toBeVisible();
  const later = Date.now() + 61_000;
  vi.spyOn(Date, "now").mockImplementation(() => later);
  await expect.element(wall).toHaveClass("dim");
  // A finger clicks what is below it after the screen has brightened.
  tile
    .element()
    .dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
  await expect.element(wall).not.toHaveClass("dim");
  (tile.element() as HTMLElement).click();
  await expect.element(wall.getByText(/^(Starting|Live)/)).not.toBeInTheDocument();
  (tile.element() as HTMLElement).click();
  await expect.element(wall.getByText("Live", { exact: true })).toBeVisible();
});

test.each([
  [1280, 800],
  [820, 1180],
  [844, 390],
])("the controls of a ring fit on a screen of %i by %i", async (width, height) => {
  await page.viewport(width, height);
  offerLock();
  const connection = await open();
  connection.doors.tell({ rang_at: new Date().toISOString() }, 0);
  const talk = wall.getByRole("button", { name: /^Hold to talk/ });
  await expect.element(talk).toBeVisible();
  await expect.element(wall.getByText("Live", { exact: true })).toBeVisible();
  const { scrollHeight, clientHeight } = wall.element();
  expect(scrollHeight).toBeLessThanOrEqual(clientHeight);
});
