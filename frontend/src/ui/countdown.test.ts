import type { ReactiveControllerHost } from "lit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Countdown } from "./countdown.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counting() {
  const shown: number[] = [];
  const host = {
    addController: () => undefined,
    requestUpdate: () => shown.push(countdown.seconds),
  } as unknown as ReactiveControllerHost;
  const countdown: Countdown = new Countdown(host);
  return { countdown, shown };
}

test("each second shows once, down to none", () => {
  const { countdown, shown } = counting();
  countdown.count(performance.now() + 2_500);
  vi.advanceTimersByTime(5_000);
  expect(shown).toStrictEqual([3, 2, 1, 0]);
});

test("nothing is counted for an element that is gone, until it is back", () => {
  const { countdown, shown } = counting();
  countdown.count(performance.now() + 9_000);
  countdown.hostDisconnected();
  vi.advanceTimersByTime(5_000);
  expect(shown).toStrictEqual([9]);
  countdown.hostConnected();
  expect(shown).toStrictEqual([9, 4]);
});

test("without a moment there is nothing left", () => {
  const { countdown } = counting();
  countdown.count(performance.now() + 9_000);
  countdown.count(null);
  expect([countdown.seconds, vi.getTimerCount()]).toStrictEqual([0, 0]);
});
