/** Clips that match a query, newest first: paged in both directions, and updated live. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

/** The default page size. */
export const PAGE = 12;
/** The largest difference between the clocks of home and browser, in milliseconds. */
const AHEAD = 60_000;
/** The largest page that the home returns. */
const MOST = 100;

export type ClipFilter = Omit<api.ClipQuery, "before" | "after">;

export class ClipFeed extends Live {
  clips: api.Clip[] = [];
  /** Whether there are older clips after the last one. */
  more = false;
  /** Whether there may be newer clips before the first one. */
  newer = false;

  #filter: ClipFilter = {};
  #askUntil: ((connection: Connection) => Promise<string>) | undefined;
  #until: string | undefined;
  /** Nothing has been listed for this query yet. */
  #fresh = true;
  // Events received while a list was loading, applied to its result.
  #meanwhile: api.ClipEvent[] | undefined;
  #loading: "older" | "newer" | undefined;
  /** Clips from before a reconnect that have not been checked since. */
  #old: ReadonlySet<api.Clip> = new Set();
  #asking = false;

  /**
   * Load clips that match, from the newest, or from the newest before a moment that the home is
   * asked for. Previous clips stay until the new ones arrive.
   */
  start(
    connection: Connection,
    filter: ClipFilter = {},
    until?: (connection: Connection) => Promise<string>,
  ): void {
    this.#filter = filter;
    this.#askUntil = until;
    this.#loading = undefined;
    this.#fresh = true;
    if (connection !== this.connection) this.clips = [];
    this.more = false;
    this.newer = false;
    this.begin(connection);
  }

  async loadOlder(): Promise<void> {
    const before = this.clips.at(-1)?.started_at;
    if (!before || !this.more) return;
    await this.#load("older", { before }, (page) => (this.more = page.more));
  }

  async loadNewer(): Promise<void> {
    const after = this.clips[0]?.started_at ?? this.#until;
    if (!after || !this.newer) return;
    await this.#load("newer", { after }, (page) => (this.newer = page.more));
  }

  async #load(
    way: "older" | "newer",
    from: { before: string } | { after: string },
    take: (page: api.Clips) => void,
  ): Promise<void> {
    if (this.#loading) return;
    this.#loading = way;
    try {
      const page = await this.within((connection) =>
        api.listClips(connection, { limit: PAGE, ...this.#filter, ...from }),
      );
      if (!page) return;
      const known = new Set(this.clips.map((one) => one.clip_id));
      const fresh = page.clips.filter((one) => !known.has(one.clip_id));
      this.clips =
        way === "older" ? [...this.clips, ...fresh] : [...fresh, ...this.clips];
      take(page);
      this.changed();
    } finally {
      this.#loading = undefined;
    }
  }

  /** Add a restored clip. */
  put(clip: api.Clip): void {
    this.#apply({ type: "changed", clip });
    this.changed();
  }

  /** Apply the result of a command. */
  update(clipId: string, change: Partial<api.Clip>): void {
    this.clips = this.clips.map((clip) =>
      clip.clip_id === clipId ? { ...clip, ...change } : clip,
    );
    this.changed();
  }

  remove(clipId: string): void {
    this.#apply({ type: "removed", clip_id: clipId });
    this.changed();
  }

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    if (this.#fresh) this.#until = await this.#askUntil?.(connection);
    if (!current()) return;
    const meanwhile: api.ClipEvent[] = [];
    this.#meanwhile = meanwhile;
    await keep(
      api.subscribeClips(
        connection,
        (event) => {
          if (current()) this.#clipEvent(event);
        },
        this.#filter.doorbell_id,
      ),
    );
    const count = this.#fresh ? 0 : this.clips.length;
    const limit = Math.min(Math.max(count, this.#filter.limit ?? PAGE), MOST);
    let before = this.#fresh || this.newer ? this.#until : undefined;
    const newest = this.clips[0];
    if (count > 0 && this.newer && newest) before = justAfter(newest);
    const page = await this.#ask({ limit, ...(before ? { before } : {}) });
    if (!page || !current()) return;
    this.#old = new Set(this.#fresh ? [] : this.clips);
    if (this.#fresh) {
      this.clips = [];
      this.newer = this.#until !== undefined;
    }
    this.#takeAnew(page);
    this.#fresh = false;
    this.#meanwhile = undefined;
    meanwhile.forEach((event) => this.#apply(event));
  }

  /** After a reconnect, check the clips that come into view, from one index to another. */
  look(first: number, last: number): void {
    if (this.#old.size === 0 || this.#asking || this.status !== "ready") return;
    const index = this.clips.findIndex(
      (clip, at) => at >= first && at <= last && this.#old.has(clip),
    );
    if (index >= 0) void this.#askAnew(this.clips[index - 1]);
  }

  /** List again the clips from this one on; there may be others in between. */
  async #askAnew(from: api.Clip | undefined): Promise<void> {
    this.#asking = true;
    try {
      const before = from ? { before: justAfter(from) } : {};
      const page = await this.#ask({ limit: MOST, ...before }).catch(() => undefined);
      if (!page) return;
      this.#takeAnew(page, from);
      this.changed();
    } finally {
      this.#asking = false;
    }
  }

  /** Replace the listed clips of a page's time range, starting at a clip or at the newest. */
  #takeAnew({ clips, more }: api.Clips, from?: api.Clip): void {
    const first = from ? Date.parse(from.started_at) : Infinity;
    const oldest = clips.at(-1);
    const last = more && oldest ? Date.parse(oldest.started_at) : -Infinity;
    const within = ({ started_at }: api.Clip): boolean =>
      Date.parse(started_at) <= first && Date.parse(started_at) >= last;
    const others = this.clips.filter((one) => !within(one));
    const reachesEnd = others.every((one) => Date.parse(one.started_at) > first);
    if (reachesEnd) this.more = more;
    this.#old = new Set(others.filter((one) => this.#old.has(one)));
    this.clips = sorted([...clips, ...others]);
  }

  #ask(asked: { limit: number; before?: string }): Promise<api.Clips | undefined> {
    return this.within((connection) =>
      api.listClips(connection, { ...this.#filter, ...asked }),
    );
  }

  #clipEvent(event: api.ClipEvent): void {
    if (this.#meanwhile) {
      this.#meanwhile.push(event);
      return;
    }
    this.#apply(event);
    this.changed();
  }

  #apply(event: api.ClipEvent): void {
    if (event.type === "removed") {
      this.clips = this.clips.filter((clip) => clip.clip_id !== event.clip_id);
      return;
    }
    const { clip } = event;
    const known = this.clips.some((one) => one.clip_id === clip.clip_id);
    // Keep a visible clip in place even if it no longer matches: nothing disappears under a
    // finger.
    if (known) {
      this.clips = sorted([clip, ...this.clips]);
      return;
    }
    if (!this.#fits(clip) || !this.#isWithinReach(clip, event.type)) return;
    if (this.#isForTheHomeToSay()) void this.#askFor(clip);
    else this.clips = sorted([clip, ...this.clips]);
  }

  /** Whether a clip matches, as far as this can be decided here. */
  #fits(clip: api.Clip): boolean {
    const { kinds, labels, since } = this.#filter;
    if (kinds && !kinds.some((kind) => clip.kinds.includes(kind))) return false;
    if (labels && !labels.some((label) => clip.labels.includes(label))) return false;
    if (
      this.#filter.protected !== undefined &&
      this.#filter.protected !== clip.protected
    )
      return false;
    const seen = since?.[clip.doorbell_id];
    return !seen || Date.parse(clip.started_at) > Date.parse(seen);
  }

  #isForTheHomeToSay(): boolean {
    const { query, shared } = this.#filter;
    return Boolean(query) || shared !== undefined;
  }

  /** Ask the home whether a clip matches, by listing the clips of its time. */
  async #askFor({ clip_id, started_at }: api.Clip): Promise<void> {
    const at = Date.parse(started_at);
    const page = await this.within((connection) =>
      api.listClips(connection, {
        limit: PAGE,
        ...this.#filter,
        after: new Date(at - 1).toISOString(),
        before: new Date(at + 1).toISOString(),
      }),
    ).catch(() => undefined);
    const found = page?.clips.find((one) => one.clip_id === clip_id);
    if (!found) return;
    this.clips = sorted([found, ...this.clips]);
    this.changed();
  }

  /**
   * Whether a clip belongs to the loaded range. One that is not listed is new, was restored, or
   * is on an older or newer page that is not loaded.
   */
  #isWithinReach(clip: api.Clip, type: "saved" | "changed"): boolean {
    const at = Date.parse(clip.started_at);
    const oldest = this.clips.at(-1)?.started_at;
    const newest = this.clips[0]?.started_at ?? this.#until;
    if (this.newer && newest && at > Date.parse(newest)) return false;
    // Recorded while the clock was ahead, so it is not the newest.
    if (type === "changed" && !this.#until && at > Date.now() + AHEAD) return false;
    if (type === "saved" || !this.more) return true;
    return oldest !== undefined && at >= Date.parse(oldest);
  }
}

/** A moment just after a clip: the home's times are more precise than Date. */
const justAfter = ({ started_at }: api.Clip): string =>
  new Date(Date.parse(started_at) + 1).toISOString();

/** Newest first, without duplicate IDs; the first one wins. */
function sorted(clips: readonly api.Clip[]): api.Clip[] {
  const once = new Map<string, api.Clip>();
  for (const clip of clips) if (!once.has(clip.clip_id)) once.set(clip.clip_id, clip);
  return [...once.values()].sort(
    (a, b) => Date.parse(b.started_at) - Date.parse(a.started_at) || b.part - a.part,
  );
}
