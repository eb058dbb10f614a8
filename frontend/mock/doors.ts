/** The live state of the doorbells. */

import type { Live } from "../src/api/commands.ts";

/** The number of doorbells in a state. */
export const doorsIn = (state: string): number =>
  ({ "one-door": 1, "four-doors": 4, "eight-doors": 8 })[state] ?? 2;

const doors = (count: number): Live[] =>
  Array.from({ length: count }, (_, index) => index + 1).map((number) => ({
    doorbell_id: `doorbell-${number}`,
    camera_entity_id: `camera.doorbell_${number}`,
    live_problem: null,
    recording_problem: null,
    one_connection: false,
    talk_entity_id: `camera.doorbell_${number}_talk`,
    talk_problem: null,
    talker: null,
    rang_at: null,
  }));

export class MockDoors {
  readonly #lives: Live[];
  #hear: ((event: unknown) => void) | undefined;

  constructor(count: number) {
    this.#lives = doors(count);
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
}
