/** A person's notification settings and phones. */

import type { Notices } from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";

const phone = (
  number: number,
  name: string,
  change: Partial<Notices["phones"][number]> = {},
): Notices["phones"][number] => ({
  phone_id: `phone-${number}`,
  name,
  problem: null,
  failed_at: null,
  ...change,
});

export class MockNotices {
  readonly #notices: Notices;

  constructor(state: string) {
    this.#notices = {
      wishes:
        state === "wishes" ? { on: true, levels: { all: { ring: "urgent" } } } : {},
      defaults: {},
      usual: {
        ring: "urgent",
        person: "on",
        package: "on",
        vehicle: "off",
        animal: "off",
        motion: "on",
      },
      phones: {
        "no-phone": [],
        phones: [
          phone(1, "Robin's phone", { failed_at: new Date().toISOString() }),
          phone(2, "iPhone", { problem: "same_name" }),
          phone(3, "Old phone", { problem: "no_push" }),
          // A hostile name.
          phone(4, `<img src=x onerror=alert(1)>${"W".repeat(180)}`),
        ],
      }[state] ?? [phone(1, "Robin's phone")],
      snoozed: {},
      has_person: state !== "no-person",
      may_set_defaults: true,
    };
  }

  /** Answer a command about notifications; undefined for other commands. */
  answer(message: Message): unknown {
    const notices = this.#notices;
    switch (message.type) {
      case "doorwatch/notices":
        break;
      case "doorwatch/notices/save":
        notices.wishes = message["wishes"] as Notices["wishes"];
        break;
      case "doorwatch/notices/defaults":
        notices.defaults = message["defaults"] as Notices["defaults"];
        break;
      case "doorwatch/notices/snooze":
        this.#snooze(
          (message["doorbell_id"] as string | undefined) ?? "all",
          Number(message["minutes"]),
        );
        break;
      case "doorwatch/notices/test":
        if (message["phone_id"] !== "phone-1")
          throw { code: "phone_failed", message: "It could not be sent." };
        return null;
      default:
        return undefined;
    }
    return structuredClone(notices);
  }

  #snooze(doorbellId: string, minutes: number): void {
    const snoozed = { ...this.#notices.snoozed };
    snoozed[doorbellId] = new Date(Date.now() + minutes * 60_000).toISOString();
    if (minutes === 0) Reflect.deleteProperty(snoozed, doorbellId);
    this.#notices.snoozed = snoozed;
  }
}
