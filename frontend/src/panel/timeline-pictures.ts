/** Pictures of the moments that the pointer rests on. A clip's small ones are fetched once. */

import type { Still } from "../api/commands.ts";
import { pictureAt } from "../player/scrub.ts";

interface Wanted {
  readonly clipId: string;
  /** In seconds from the start of the clip. */
  readonly at: number;
}

export interface Fetches {
  /** Small pictures spread over a clip. */
  strip: (clipId: string) => Promise<{ stills: readonly Still[] }>;
  /** A large picture of a moment. */
  still: (clipId: string, at: number) => Promise<Still>;
}

/** Milliseconds that the pointer stays at a clip, and at a moment, before a request. */
const AT_CLIP = 80;
const AT_MOMENT = 250;
/** The number of clips whose small pictures are kept. */
const MOST = 12;

type Timer = ReturnType<typeof setTimeout> | undefined;

export class MomentPictures {
  readonly #fetches: Fetches;
  readonly #changed: () => void;
  readonly #strips = new Map<string, readonly Still[]>();
  #wanted: Wanted | undefined;
  #large: { of: Wanted; picture: string } | undefined;
  #fetchingStrip = false;
  #fetchingLarge = false;
  #clipTimer: Timer;
  #momentTimer: Timer;

  constructor(fetches: Fetches, changed: () => void) {
    this.#fetches = fetches;
    this.#changed = changed;
  }

  /** The best picture of the moment that there is. */
  get current(): string | undefined {
    const wanted = this.#wanted;
    if (!wanted) return undefined;
    if (this.#large?.of === wanted) return this.#large.picture;
    return pictureAt(this.#strips.get(wanted.clipId) ?? [], wanted.at);
  }

  /** The pointer is at a moment, or at none. */
  look(wanted: Wanted | undefined): void {
    const before = this.#wanted;
    if (wanted?.clipId === before?.clipId && wanted?.at === before?.at) return;
    this.#wanted = wanted;
    clearTimeout(this.#momentTimer);
    this.#momentTimer = wanted && setTimeout(this.#rested, AT_MOMENT);
    if (wanted?.clipId === before?.clipId) return;
    clearTimeout(this.#clipTimer);
    this.#clipTimer = wanted && setTimeout(this.#atClip, AT_CLIP);
  }

  readonly #atClip = (): void => {
    this.#clipTimer = undefined;
    void this.#strip();
  };

  /** One request at a time, because the home decodes the clip for each. */
  async #strip(): Promise<void> {
    const clipId = this.#wanted?.clipId;
    if (clipId === undefined || this.#fetchingStrip || this.#strips.has(clipId)) return;
    this.#fetchingStrip = true;
    try {
      const { stills } = await this.#fetches.strip(clipId);
      this.#strips.set(clipId, stills);
      const [oldest] = this.#strips.keys();
      if (this.#strips.size > MOST && oldest) this.#strips.delete(oldest);
      if (clipId === this.#wanted?.clipId) this.#changed();
    } catch {
      // The next visit tries again.
    }
    this.#fetchingStrip = false;
    const rests = this.#clipTimer === undefined;
    if (rests && clipId !== this.#wanted?.clipId) await this.#strip();
  }

  readonly #rested = (): void => {
    this.#momentTimer = undefined;
    void this.#enlarge();
  };

  /** One request at a time, as for the small pictures. */
  async #enlarge(): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted || this.#fetchingLarge) return;
    this.#fetchingLarge = true;
    try {
      const { picture } = await this.#fetches.still(wanted.clipId, wanted.at);
      this.#large = { of: wanted, picture };
      if (wanted === this.#wanted) this.#changed();
    } catch {
      // The small picture stays.
    }
    this.#fetchingLarge = false;
    const rests = this.#momentTimer === undefined;
    if (rests && wanted !== this.#wanted) await this.#enlarge();
  }
}
