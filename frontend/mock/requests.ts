/** Requests and bulletins of the mock home, friendly and hostile. */

import type {
  Bulletin,
  Clip,
  FeedState,
  OpenRequest,
  RequestInNotice,
  RequestsState,
} from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";
import { clip, NOW } from "./library.ts";

const DAY = 86_400_000;
const ago = (ms: number): string => new Date(NOW - ms).toISOString();

/** The position of the doors. */
const HERE = { longitude: 13.4091, latitude: 52.5203 };

type Ring = [number, number][];
const ring = (corners: number, size: number, east = 0, north = 0): Ring => {
  const points = Array.from({ length: corners }, (_, index): [number, number] => {
    const angle = (index / corners) * 2 * Math.PI;
    return [
      HERE.longitude + east + Math.cos(angle) * size * 1.64,
      HERE.latitude + north + Math.sin(angle) * size,
    ];
  });
  return [...points, points[0] ?? [0, 0]];
};
export const AREA = [[ring(7, 0.0022, 0.001, 0.0006), ring(5, 0.0006, 0.0016, 0.0011)]];

export function request(change: Partial<OpenRequest> = {}): OpenRequest {
  return {
    agency_id: "agency-1",
    agency: "Police of Sample Town",
    request_id: "2026-0417",
    version: 1,
    title: "A bicycle was stolen",
    text: "Somebody took a red bicycle from the rack in front of the library.\n\nWho saw a white van?",
    case_reference: "PL1300-2026-0417",
    offence: "Theft, article 310",
    contact: "desk@police.sample-town.example, 0123 456 789",
    investigation_code: "INV-77",
    terms: "Used for this case only.\nDeleted when it is closed.",
    begins: ago(DAY + 4 * 3_600_000),
    ends: ago(DAY),
    until: ago(-23 * DAY),
    labels: ["person", "vehicle"],
    area: AREA,
    lacks: [],
    state: "open",
    doorbells: ["doorbell-1", "doorbell-2"],
    clips: 3,
    answers: [],
    hidden: false,
    ...change,
  };
}

const HOSTILE =
  '<img src=x onerror="document.title=1"> https://evil.example/ [here](javascript:alert(1)) ' +
  "Ţ̴̢̛͔̳͙͙͎o҉̷̢ " +
  "longlonglong".repeat(12);

const REQUESTS: OpenRequest[] = [
  request(),
  request({
    agency_id: "agency-2",
    agency: "Neighbourhood Office",
    request_id: "glass/7 %2e",
    title: "Broken window at the school",
    offence: "Damage to property",
    begins: ago(3 * DAY + 3_600_000),
    ends: ago(3 * DAY),
    clips: 0,
    labels: [],
    investigation_code: null,
    terms: null,
  }),
  request({
    request_id: "hostile",
    title: HOSTILE,
    text: HOSTILE.repeat(3),
    offence: "سرقة من متجر في وسط المدينة",
    case_reference: HOSTILE,
    contact: "https://evil.example/pay",
    begins: ago(5 * DAY + 600_000),
    ends: ago(5 * DAY),
    clips: 999,
  }),
  request({
    request_id: "answered",
    title: "Parcel taken from a doorstep",
    begins: ago(6 * DAY + 600_000),
    ends: ago(6 * DAY),
    clips: 2,
    answers: [
      { share_id: "share-delivered", clip_id: "clip-0", state: "delivered" },
      { share_id: "share-cancelled", clip_id: "clip-1", state: "cancelled" },
    ],
  }),
  request({
    request_id: "closed",
    title: "Missing child, found",
    begins: ago(8 * DAY + 600_000),
    ends: ago(8 * DAY),
    state: "closed",
  }),
  request({
    request_id: "over",
    title: "Hit and run",
    begins: ago(40 * DAY + 600_000),
    ends: ago(40 * DAY),
    until: ago(DAY),
    state: "over",
  }),
  request({
    request_id: "lacking",
    title: "All that you have",
    case_reference: null,
    offence: null,
    lacks: ["case_reference", "offence", "window_too_long", "area"],
    area: [],
    clips: 0,
  }),
  request({
    request_id: "put-away",
    title: "Graffiti on a wall",
    begins: ago(9 * DAY + 600_000),
    ends: ago(9 * DAY),
    hidden: true,
  }),
];

export function bulletin(change: Partial<Bulletin> = {}): Bulletin {
  return {
    agency_id: "group-1",
    agency: "Elm Street block association",
    group: true,
    bulletin_id: "windows",
    version: 1,
    title: "Car windows broken in Elm Street",
    text: "On Tuesday night. Look after your cars, and tell the police what you know.",
    contact: "elm-street@block.example",
    until: ago(-5 * DAY),
    area: [[ring(4, 0.003, -0.001, 0)]],
    state: "open",
    doorbells: ["doorbell-1"],
    hidden: false,
    ...change,
  };
}

const BULLETINS: Bulletin[] = [
  bulletin(),
  bulletin({
    bulletin_id: "dog",
    title: "Dog found",
    text: HOSTILE,
    contact: null,
    state: "closed",
  }),
];

export const feed = (change: Partial<FeedState> = {}): FeedState => ({
  agency_id: "agency-1",
  agency: "Police of Sample Town",
  group: false,
  hidden: false,
  problem: null,
  fetched_at: ago(5_400_000),
  expires_at: ago(-13 * DAY),
  ...change,
});

const GROUP = {
  agency_id: "group-1",
  agency: "Elm Street block association",
  group: true,
};

const NEVER_FETCHED = { fetched_at: null, expires_at: null };

function requestsIn(state: string): RequestsState {
  const doors = ["Front door", "Garden gate"].map((name, index) => ({
    doorbell_id: `doorbell-${index + 1}`,
    name,
    longitude: HERE.longitude + index * 0.0002,
    latitude: HERE.latitude - index * 0.0006,
  }));
  const none: RequestsState = {
    requests: [],
    bulletins: [],
    feeds: state === "no-agency" ? [] : [feed(), feed(GROUP)],
    doors: state === "no-place" ? [] : doors,
    elsewhere: 0,
    radius: 50,
  };
  if (state === "one-request") return { ...none, requests: [request()] };
  if (state === "not-yet")
    return { ...none, feeds: none.feeds.map((one) => ({ ...one, ...NEVER_FETCHED })) };
  if (state !== "requests") return none;
  return {
    ...none,
    requests: REQUESTS,
    bulletins: BULLETINS,
    feeds: [
      feed(),
      feed({ ...GROUP, problem: "document_expired", fetched_at: ago(20 * DAY) }),
      feed({
        agency_id: "agency-3",
        agency: "County Sheriff",
        problem: "replayed",
        fetched_at: null,
      }),
    ],
    elsewhere: 4,
  };
}

/** A request as part of a notice. */
export function requestShown(requestId: unknown): RequestInNotice | null {
  const found = REQUESTS.find((one) => one.request_id === requestId);
  if (!found) return null;
  const { request_id, version, title, text, case_reference, offence } = found;
  const { investigation_code, contact, terms, begins, ends, until } = found;
  return {
    ...{ request_id, version, title, text, case_reference, offence },
    ...{ investigation_code, contact, terms, begins, ends, until },
  };
}

export class MockRequests {
  #state: RequestsState;
  #hear: ((event: unknown) => void) | undefined;

  constructor(state: string) {
    this.#state = requestsIn(state);
  }

  hear(callback: (event: unknown) => void): void {
    this.#hear = callback;
    this.tell();
  }

  /** Change the state of the requests. */
  tell(change: Partial<RequestsState> = {}): void {
    this.#state = { ...this.#state, ...change };
    this.#hear?.(structuredClone(this.#state));
  }

  /** Answer a command about requests; undefined for other commands. */
  answer(message: Message): unknown {
    if (message.type === "doorwatch/requests/clips") return this.#clips(message);
    if (message.type === "doorwatch/requests/hide_agency")
      return this.#hideAll(message);
    if (message.type !== "doorwatch/requests/hide") return undefined;
    const { agency_id, item_id, hidden } = message;
    const set = <T extends { agency_id: string; hidden: boolean }>(
      one: T,
      id: string,
    ): T =>
      one.agency_id === agency_id && id === item_id
        ? { ...one, hidden: hidden as boolean }
        : one;
    this.tell({
      requests: this.#state.requests.map((one) => set(one, one.request_id)),
      bulletins: this.#state.bulletins.map((one) => set(one, one.bulletin_id)),
    });
    return {};
  }

  #hideAll({ agency_id, hidden }: Message): unknown {
    const set = <T extends { agency_id: string; hidden: boolean }>(one: T): T =>
      one.agency_id === agency_id ? { ...one, hidden: hidden as boolean } : one;
    this.tell({
      requests: this.#state.requests.map(set),
      bulletins: this.#state.bulletins.map(set),
      feeds: this.#state.feeds.map(set),
    });
    return {};
  }

  #clips(message: Message): { clips: Clip[]; more: boolean } {
    const asked = this.#state.requests.find(
      (one) =>
        one.request_id === message["request_id"] &&
        one.agency_id === message["agency_id"],
    );
    if (!asked) throw { code: "request_unknown", message: "" };
    const most = Math.min(asked.clips, 60);
    return {
      clips: Array.from({ length: most }, (_, index) => clip(index)),
      more: asked.clips > most,
    };
  }
}
