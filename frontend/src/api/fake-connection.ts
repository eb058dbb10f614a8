/** A connection whose answers are set by a test. */

import type { Connection, ConnectionEvent, Message, Unsubscribe } from "../ha/hass.ts";

interface Subscription {
  message: Message;
  send: (event: unknown) => void;
  unsubscribed: boolean;
}

export class FakeConnection implements Connection {
  connected = true;
  sent: Message[] = [];
  subscriptions: Subscription[] = [];
  answers: Record<string, (message: Message) => unknown> = {};
  readonly #listeners = new Map<ConnectionEvent, Set<() => void>>();

  addEventListener(event: ConnectionEvent, listener: () => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  removeEventListener(event: ConnectionEvent, listener: () => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  fire(event: ConnectionEvent): void {
    this.#listeners.get(event)?.forEach((listener) => listener());
  }

  async sendMessagePromise(message: Message): Promise<unknown> {
    this.sent.push(message);
    return await this.answers[message.type]?.(message);
  }

  async subscribeMessage(
    callback: (event: unknown) => void,
    message: Message,
  ): Promise<Unsubscribe> {
    const subscription: Subscription = {
      message,
      send: callback,
      unsubscribed: false,
    };
    this.subscriptions.push(subscription);
    await this.answers[message.type]?.(message);
    return async () => {
      subscription.unsubscribed = true;
    };
  }

  /** The newest subscription of this type. */
  last(type: string): Subscription {
    const found = this.subscriptions.findLast((one) => one.message.type === type);
    if (!found) throw new Error(`Nobody subscribed to ${type}`);
    return found;
  }
}

/** Let pending tasks run. */
export const settle = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 0));
