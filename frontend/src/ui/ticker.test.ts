import type { ReactiveControllerHost } from "lit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Ticker } from "./ticker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it acts regularly while the element is shown", () => {
  const host = { addController: vi.fn() };
  const act = vi.fn();
  const ticker = new Ticker(host as unknown as ReactiveControllerHost, 1_000, act);
  expect(host.addController).toHaveBeenCalledWith(ticker);
  for (const ticks of [3, 6]) {
    ticker.hostConnected();
    vi.advanceTimersByTime(3_500);
    ticker.hostDisconnected();
    vi.advanceTimersByTime(5_000);
    expect(act).toHaveBeenCalledTimes(ticks);
  }
});
