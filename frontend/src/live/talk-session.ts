/** Talk at one doorbell, from a press until the user, the home or the doorbell ends it. */

import { goOnTalking, type Live } from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";
import { Hold } from "./hold.ts";
import { Level } from "./level.ts";
import { Talk } from "./talk.ts";
import { talkProblem } from "./talk-words.ts";

export class TalkSession {
  /** The volume of the microphone, 0 to 1. */
  level = 0;
  readonly talk = new Talk(() => this.#talkChanged());
  readonly hold = new Hold(
    () => void this.#begin(),
    () => this.talk.end(),
  );
  readonly #connection: () => Connection;
  readonly #changed: () => void;
  #live: Live | undefined;
  #meter: Level | undefined;

  constructor(connection: () => Connection, changed: () => void) {
    this.#connection = connection;
    this.#changed = changed;
  }

  /** Whether the home announced that it will end the talk soon. */
  get endsSoon(): boolean {
    return this.talk.endsSoon(this.#live?.talker ?? null);
  }

  /** Follow the live state of the doorbell. */
  follow(live: Live): void {
    const before = this.#live;
    this.#live = live;
    const isSame = before?.talk_entity_id === live.talk_entity_id;
    if (before && (!isSame || talkProblem(live))) this.end();
    this.talk.heard(live.talker);
    // A user who holds the button is still there.
    if (this.endsSoon && !this.hold.stays && !before?.talker?.ends_soon)
      void this.keepTalking();
  }

  /** Tell the home that the user is still there. */
  async keepTalking(): Promise<void> {
    if (!this.#live) return;
    // If this fails, the home ends the session and reports it.
    await goOnTalking(this.#connection(), this.#live.doorbell_id).catch(
      () => undefined,
    );
  }

  /** Stop talking, whatever is pressed. */
  end(): void {
    this.hold.drop();
    this.talk.end();
  }

  async #begin(): Promise<void> {
    const entity = this.#live?.talk_entity_id;
    if (entity) await this.talk.start(this.#connection(), entity);
  }

  #talkChanged(): void {
    const { microphone, on } = this.talk;
    if (!on) this.hold.drop();
    if (microphone) this.#meter ??= new Level(microphone, (level) => this.#hear(level));
    else {
      this.#meter?.stop();
      this.#meter = undefined;
      this.level = 0;
    }
    this.#changed();
  }

  #hear(level: number): void {
    this.level = level;
    this.#changed();
  }
}
