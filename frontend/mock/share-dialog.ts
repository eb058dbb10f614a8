/** The share dialog in a mock home with a playable video, for tests. */

import { beforeAll, beforeEach, expect } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Agencies } from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";
import { ShareDialog } from "../src/share/share-dialog.ts";
import { film } from "./film.ts";
import { clip, MockConnection } from "./hass.ts";
import { show } from "./show.ts";

let video: string;

beforeAll(async () => {
  video = await film();
});

beforeEach(() => sessionStorage.clear());

/** A home that shows this page's video and keeps drafts. */
export class Home extends MockConnection {
  draft: Record<string, unknown> | null = null;
  agencies: Partial<Agencies> = {};

  override async sendMessagePromise(message: Message): Promise<unknown> {
    const answer = await super.sendMessagePromise(message);
    if (message.type === "doorwatch/draft") return { draft: this.draft };
    if (message.type === "doorwatch/draft/save")
      this.draft = message["draft"] as Record<string, unknown>;
    if (message.type === "doorwatch/draft/drop") this.draft = null;
    if (message.type === "doorwatch/agencies")
      return { ...(answer as Agencies), ...this.agencies };
    return answer;
  }

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

/** Open the dialog; collects the toasts that it requests. */
export function open<Connection extends MockConnection>(
  connection: Connection,
  change: Parameters<typeof clip>[1] = {},
  asked: ShareDialog["request"] = null,
): { home: Connection; element: ShareDialog; toasts: string[] } {
  const toasts: string[] = [];
  const element = new ShareDialog();
  element.clip = clip(0, change);
  element.doorbell = "Front door";
  element.request = asked;
  element.addEventListener("dialog-closed", () => element.remove());
  show(element, connection).addEventListener("hass-notification", (event) =>
    toasts.push((event as CustomEvent<{ message: string }>).detail.message),
  );
  return { home: connection, element, toasts };
}

export const dialog = (name: string) => page.getByRole("dialog", { name });
export const button = (name: string) => page.getByRole("button", { name, exact: true });
export const radio = (name: RegExp) => page.getByRole("radio", { name });
export const share = page.getByRole("button", { name: /^Share this clip with/ });
export const messages = (home: MockConnection, type: string): Message[] =>
  home.sent.filter((one) => one.type === type);
export const times = (home: MockConnection, type: string): number =>
  messages(home, type).length;

export async function toRecipient(): Promise<void> {
  await userEvent.click(button("Next"));
  await expect.element(dialog("Cover parts of the image")).toBeVisible();
  await userEvent.click(button("Skip"));
  await expect.element(dialog("Choose the recipient")).toBeVisible();
}

export async function prepare(): Promise<void> {
  await toRecipient();
  await userEvent.click(radio(/police.sample-town/));
  await userEvent.click(button("Review"));
}
