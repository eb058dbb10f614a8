/** The live state of the doorbells. */

import type { Live } from "../src/api/commands.ts";

const doors = (): Live[] =>
  [1, 2].map((number) => ({
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
  readonly #lives = doors();
  #hear: ((event: unknown) => void) | undefined;

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
