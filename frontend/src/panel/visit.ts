/** What is new to this person while they are here, and when they have seen it. */

import type { Clip } from "../api/commands.ts";

/** The newest clip has to be on the screen for so long. */
const LOOKED = 2_000;

export class Visit {
  /** Up to when they had seen the clips of each doorbell when they came; dots stay that long. */
  seen: Readonly<Record<string, string>> = {};

  readonly #mark: (moments: Record<string, string>) => void;
  #begun = false;
  #clips: readonly Clip[] = [];
  #shown = false;
  #marked: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(mark: (moments: Record<string, string>) => void) {
    this.#mark = mark;
  }

  /** To who never looked at a doorbell, what comes from now on is new. */
  begin(seen: Readonly<Record<string, string>>, doorbells: readonly string[]): void {
    const known = this.#begun ? this.seen : seen;
    this.#begun = true;
    if (doorbells.every((id) => id in known)) {
      this.seen = known;
      return;
    }
    const now = new Date().toISOString();
    this.seen = { ...Object.fromEntries(doorbells.map((id) => [id, now])), ...known };
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Whether the newest of all clips is on the screen; `clips` are without a gap from it on. */
  look(shown: boolean, clips: readonly Clip[]): void {
    const newest = shown ? clips[0]?.clip_id : undefined;
    this.#clips = clips;
    if (this.#shown && newest === this.#marked) return;
    clearTimeout(this.#timer);
    this.#shown = newest !== undefined;
    this.#marked = newest;
    if (newest === undefined) return;
    this.#timer = setTimeout(() => this.#mark(newestOf(this.#clips)), LOOKED);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#shown = false;
    this.#marked = undefined;
  }
}

/** When the newest clip of each doorbell began. */
function newestOf(clips: readonly Clip[]): Record<string, string> {
  const newest: Record<string, string> = {};
  for (const { doorbell_id, started_at } of clips) newest[doorbell_id] ??= started_at;
  return newest;
}
