/** The doorbells: their live state, recordings and motion zones. */

import type {
  Doorbell,
  DoorbellProblem,
  Live,
  Motion,
  Recording,
} from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";

type Callback = (event: unknown) => void;

const NAMES = [
  "Front door",
  "Garden gate",
  "Garage",
  "Back door of the workshop",
  "Cellar",
  "Terrace",
  "Gate",
  "Stable",
];

/** The number of doorbells in a state. */
export const doorsIn = (state: string): number =>
  ({ "one-door": 1, walk: 1, blind: 1, "four-doors": 4, "eight-doors": 8 })[state] ?? 2;

function doorbells(state: string): Doorbell[] {
  if (state === "error") throw { code: "unknown_command", message: "Unknown command." };
  if (state === "no-doorbell") return [];
  return NAMES.slice(0, doorsIn(state)).map((name, index) => ({
    doorbell_id: `doorbell-${index + 1}`,
    name,
    camera_entity_id: `camera.doorbell_${index + 1}`,
    connected: true,
    records: true,
    detection: state === "blind" ? "off" : "on",
    sleeps: false,
    may_share: true,
    may_control: !state.endsWith("-guest"),
  }));
}

const lives = (count: number): Live[] =>
  Array.from({ length: count }, (_, index) => index + 1).map((number) => ({
    doorbell_id: `doorbell-${number}`,
    camera_entity_id: `camera.doorbell_${number}`,
    live_problem: null,
    problems: [],
    one_connection: false,
    talk_entity_id: `camera.doorbell_${number}_talk`,
    talk_problem: null,
    talker: null,
    rang_at: null,
  }));

const offline = (
  change: Partial<Extract<DoorbellProblem, { kind: "offline" }>> = {},
): DoorbellProblem => ({
  kind: "offline",
  since: new Date(Date.now() - 25 * 60_000).toISOString(),
  reason: "unreachable",
  may_reconnect: true,
  ...change,
});

/** Problems of the first doorbell, by the name of the state. */
export const PROBLEMS: Record<string, DoorbellProblem[]> = {
  offline: [offline()],
  "offline-login": [
    offline({
      since: "2026-11-03T12:00:00Z",
      reason: "login",
      may_reconnect: false,
    }),
  ],
  "offline-guest": [offline({ reason: null, may_reconnect: false })],
  "disk-full": [
    {
      kind: "not_recording",
      reason: "disk_full",
      folder: "/media/doorwatch",
      free: 410_000_000,
    },
  ],
  "disk-full-guest": [
    {
      kind: "not_recording",
      reason: "disk_full",
      folder: null,
      free: null,
    },
  ],
  "no-motion": [{ kind: "no_motion", rings: false }],
  "only-rings": [{ kind: "no_motion", rings: true }],
  "no-events": [{ kind: "no_events" }],
  "wrong-clock": [{ kind: "wrong_clock", ahead: -7_260 }],
  "no-control-guest": [{ kind: "no_control" }],
};

export class MockDoors {
  /** Whether the next attempt to connect succeeds. */
  reachable = false;
  readonly #state: string;
  readonly #lives: Live[];
  readonly #recordings = new Map<string, Recording>();
  #areas: number[][][] = [
    [
      [0, 55],
      [40, 48],
      [100, 60],
      [100, 100],
      [0, 100],
    ],
  ];
  readonly #hear = new Map<string, Callback>();

  constructor(state = "") {
    this.#state = state;
    this.#lives = lives(doorsIn(state));
    if (state === "recording" || state === "disk-full")
      this.#recordings.set("doorbell-1", {
        doorbell_id: "doorbell-1",
        since: new Date(Date.now() - 12_000).toISOString(),
        kinds: ["motion"],
        by_hand_until: null,
      });
    const problems = PROBLEMS[state];
    if (!problems) return;
    const away = problems.some(({ kind }) => kind === "offline");
    this.tell({ problems, live_problem: away ? "unavailable" : null });
    // A full disk concerns each doorbell.
    if (problems[0]?.kind === "not_recording") this.tell({ problems }, 1);
  }

  /** Subscribe to something about doorbells; false for anything else. */
  hear({ type }: Message, callback: Callback): boolean {
    const first = {
      "doorwatch/live/subscribe": () => this.tell(),
      "doorwatch/recordings/subscribe": () => this.#tellRecordings(),
      "doorwatch/motion/subscribe": () => undefined,
    }[type];
    if (!first) return false;
    this.#hear.set(type, callback);
    first();
    return true;
  }

  /** Change the state of the first or another doorbell. */
  tell(change: Partial<Live> = {}, door = 0): void {
    Object.assign(this.#lives[door] ?? {}, change);
    this.#hear.get("doorwatch/live/subscribe")?.({
      doorbells: structuredClone(this.#lives),
    });
  }

  /** Report what motion detection sees in the video. */
  see(motion: Motion): void {
    this.#hear.get("doorwatch/motion/subscribe")?.(motion);
  }

  answer(message: Message): unknown {
    switch (message.type) {
      case "doorwatch/doorbells":
        return { doorbells: doorbells(this.#state) };
      case "doorwatch/reconnect":
        return this.#reconnect();
      case "doorwatch/detect_motion":
        this.tell({ problems: [] });
        return {};
      case "doorwatch/record":
        return this.#record(message);
      case "doorwatch/record/stop":
        return this.#stopRecording(message);
      case "doorwatch/areas/get":
        return { areas: this.#areas, picture_motion: this.#state !== "motion-off" };
      case "doorwatch/areas/set":
        this.#areas = message["areas"] as number[][][];
        return { changed: true };
      default:
        return undefined;
    }
  }

  /** The second attempt succeeds, unless a test changes `reachable`. */
  async #reconnect(): Promise<{ connected: boolean }> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const connected = this.reachable;
    if (connected) this.tell({ problems: [], live_problem: null });
    this.reachable = true;
    return { connected };
  }

  #record(message: Message): unknown {
    if (this.#state === "offline") {
      throw { code: "doorbell_offline", message: "Front door is not connected." };
    }
    const doorbell_id = String(message["doorbell_id"]);
    const running = this.#recordings.get(doorbell_id);
    const until = Date.now() + Number(message["duration"]) * 1000;
    this.#recordings.set(doorbell_id, {
      doorbell_id,
      since: running?.since ?? new Date().toISOString(),
      kinds: [...new Set([...(running?.kinds ?? []), "manual"])],
      by_hand_until: new Date(until).toISOString(),
    });
    this.#tellRecordings();
    return { extends: running?.kinds ?? null };
  }

  #stopRecording(message: Message): unknown {
    const doorbell_id = String(message["doorbell_id"]);
    const running = this.#recordings.get(doorbell_id);
    const kinds = running?.kinds.filter((kind) => kind !== "manual") ?? [];
    if (running && kinds.length > 0)
      this.#recordings.set(doorbell_id, { ...running, kinds, by_hand_until: null });
    else this.#recordings.delete(doorbell_id);
    this.#tellRecordings();
    return {};
  }

  #tellRecordings(): void {
    this.#hear.get("doorwatch/recordings/subscribe")?.({
      recordings: [...this.#recordings.values()],
    });
  }
}
