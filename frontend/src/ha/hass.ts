/** The part of Home Assistant's frontend API that is used here. */

import { ROOT } from "./core-names.ts";

export type Unsubscribe = () => Promise<void>;

export interface Message {
  type: string;
  [key: string]: unknown;
}

export interface Connection {
  readonly connected: boolean;
  sendMessagePromise(message: Message): Promise<unknown>;
  subscribeMessage(
    callback: (event: unknown) => void,
    message: Message,
    options?: { resubscribe?: boolean },
  ): Promise<Unsubscribe>;
  addEventListener(event: ConnectionEvent, listener: () => void): void;
  removeEventListener(event: ConnectionEvent, listener: () => void): void;
}

export type ConnectionEvent = "ready" | "disconnected";

export interface EntityState {
  state: string;
  attributes?: { friendly_name?: string };
}

export interface HomeAssistant {
  connection: Connection;
  connected: boolean;
  language: string;
  locale?: { language: string; time_format?: string; first_weekday?: string };
  config: { time_zone: string; unit_system?: { length: string } };
  /** The user's setting for keyboard shortcuts of single keys. */
  enableShortcuts?: boolean;
  user?: { id: string; name: string; is_admin: boolean };
  states: Record<string, EntityState | undefined>;
  entities?: Record<string, { platform?: string } | undefined>;
  hassUrl?: (path: string) => string;
  /** Fetch a path of this Home Assistant with the page's login. */
  fetchWithAuth: (path: string, init?: RequestInit) => Promise<Response>;
}

/** Whether two states of `hass` are equal for the card, which watches these cameras. */
export function sameForCard(
  a: HomeAssistant | undefined,
  b: HomeAssistant | undefined,
  cameras: readonly string[],
): boolean {
  if (!a || !b) return a === b;
  return (
    a.connection === b.connection &&
    a.connected === b.connected &&
    a.language === b.language &&
    a.locale?.time_format === b.locale?.time_format &&
    a.config.time_zone === b.config.time_zone &&
    a.user?.id === b.user?.id &&
    cameras.every((camera) => a.states[camera]?.state === b.states[camera]?.state)
  );
}

/** The absolute URL of a path, also if the page has another origin (cast). */
export function urlOf(hass: HomeAssistant, path: string): string {
  return hass.hassUrl ? hass.hassUrl(path) : path;
}

/** The page's language, before any card has `hass`. */
export const languageOfPage = (): string =>
  document.querySelector(ROOT)?.hass?.language ?? "en";

declare global {
  interface HTMLElementTagNameMap {
    [ROOT]: HTMLElement & { hass?: HomeAssistant };
  }
}
