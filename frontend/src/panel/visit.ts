/** What is new to this person during this visit, and what they have seen. */

import type { Clip } from "../api/commands.ts";

/** Milliseconds that the newest clip must be visible. */
const LOOKED = 2_000;

export class Visit {
  /** Until when they had seen each doorbell's clips before this visit; dots depend on it. */
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

  /** For a doorbell that a person never looked at, only clips from now on are new. */
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

  /** Report whether the newest clip is visible; `clips` has no gaps after it. */
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

/** The start of each doorbell's newest clip. */
function newestOf(clips: readonly Clip[]): Record<string, string> {
  const newest: Record<string, string> = {};
  for (const { doorbell_id, started_at } of clips) newest[doorbell_id] ??= started_at;
  return newest;
}
