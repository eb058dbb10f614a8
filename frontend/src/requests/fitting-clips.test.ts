import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { request } from "../../mock/requests.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Clip, OpenRequest } from "../api/commands.ts";
import type { Message } from "../ha/hass.ts";
import { FittingClips } from "./fitting-clips.ts";

class Home extends MockConnection {
  failing = false;
  override async sendMessagePromise(message: Message): Promise<unknown> {
    if (this.failing && message.type === "doorwatch/requests/clips")
      throw { code: "unknown_error", message: "It did not work." };
    return super.sendMessagePromise(message);
  }
}

async function open(id: string, change: Partial<OpenRequest> = {}) {
  const home = new Home("requests");
  const element = new FittingClips();
  element.request = request({ request_id: id, ...change });
  const answered: string[] = [];
  element.addEventListener("clip-answer", (event) =>
    answered.push((event as CustomEvent<Clip>).detail.clip_id),
  );
  show(element, home);
  await element.updateComplete;
  return { home, element, answered };
}

const answers = page.getByRole("button", { name: /^Answer with the clip from/ });
const tiles = page.getByRole("link");

test("each clip leads to its page, and can be answered with", async () => {
  const { answered } = await open("2026-0417");
  await expect.poll(() => tiles.elements().length).toBe(3);
  await expect.element(tiles.first()).toHaveAttribute("href", "/doorwatch/clip/clip-0");
  const names = answers.elements().map((one) => one.getAttribute("aria-label"));
  expect(new Set(names).size).toBe(3);
  await userEvent.click(answers.nth(1));
  expect(answered).toStrictEqual(["clip-1"]);
});

test("a clip that was shared for it says so, one that was taken back can be again", async () => {
  await open("answered", {
    clips: 2,
    answers: [
      { share_id: "a", clip_id: "clip-0", state: "delivered" },
      { share_id: "b", clip_id: "clip-1", state: "cancelled" },
    ],
  });
  await expect.element(page.getByText("Answered", { exact: true })).toBeVisible();
  expect(answers.elements().length).toBe(1);
});

test("as many as one wants to look at are drawn, and the focus goes on with them", async () => {
  await open("hostile", { clips: 999 });
  await expect.poll(() => tiles.elements().length).toBe(24);
  const more = page.getByRole("button", { name: "Show more clips" });
  await userEvent.click(more);
  await expect.poll(() => tiles.elements().length).toBe(48);
  await expectFocus(tiles.nth(24));
  await userEvent.click(more);
  await expect.poll(() => tiles.elements().length).toBe(60);
  await expect.element(page.getByText(/These match best/)).toBeVisible();
});

test("clips are asked for again when others fit, and only then", async () => {
  const { home, element } = await open("2026-0417");
  await expect.poll(() => tiles.elements().length).toBe(3);
  const asked = () =>
    home.sent.filter(({ type }) => type === "doorwatch/requests/clips").length;
  element.request = request({ hidden: true });
  await element.updateComplete;
  expect(asked()).toBe(1);
  element.request = request({ clips: 4 });
  await element.updateComplete;
  expect(asked()).toBe(2);
});

test("what went wrong is said", async () => {
  const { home, element } = await open("2026-0417");
  await expect.poll(() => tiles.elements().length).toBe(3);
  home.failing = true;
  element.request = request({ clips: 5 });
  await expect.element(page.getByRole("alert")).toHaveTextContent("It did not work.");
});
