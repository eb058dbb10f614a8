/** The live state of the doorbells. */

import type { DoorbellProblem, Live } from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";

/** The number of doorbells in a state. */
export const doorsIn = (state: string): number =>
  ({ "one-door": 1, "four-doors": 4, "eight-doors": 8 })[state] ?? 2;

const doors = (count: number): Live[] =>
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
  readonly #lives: Live[];
  #hear: ((event: unknown) => void) | undefined;

  constructor(state = "") {
    this.#lives = doors(doorsIn(state));
    const problems = PROBLEMS[state];
    if (!problems) return;
    const away = problems.some(({ kind }) => kind === "offline");
    this.tell({ problems, live_problem: away ? "unavailable" : null });
    // A full disk concerns each doorbell.
    if (problems[0]?.kind === "not_recording") this.tell({ problems }, 1);
  }

  hear(callback: (event: unknown) => void): void {
    this.#hear = callback;
    this.tell();
  }

  /** Change the state of the first or another doorbell. */
  tell(change: Partial<Live> = {}, door = 0): void {
    Object.assign(this.#lives[door] ?? {}, change);
    this.#hear?.({ doorbells: structuredClone(this.#lives) });
  }

  answer({ type }: Message): unknown {
    if (type === "doorwatch/reconnect") return this.#reconnect();
    if (type === "doorwatch/detect_motion") this.tell({ problems: [] });
    return undefined;
  }

  /** The second attempt succeeds, unless a test changes `reachable`. */
  async #reconnect(): Promise<{ connected: boolean }> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const connected = this.reachable;
    if (connected) this.tell({ problems: [], live_problem: null });
    this.reachable = true;
    return { connected };
  }
}
