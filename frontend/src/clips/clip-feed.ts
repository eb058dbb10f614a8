/** Clips that fit a query, newest first: page by page both ways, and as they change. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";

/** How many clips one page holds where nobody names another number. */
export const PAGE = 12;
/** The most that the home gives at once. */
const MOST = 100;

export type ClipFilter = Omit<api.ClipQuery, "before" | "after">;

export class ClipFeed extends Live {
  clips: api.Clip[] = [];
  /** Whether there are older ones than the last of them. */
  more = false;
  /** Whether there may be newer ones than the first of them. */
  newer = false;

  #filter: ClipFilter = {};
  #askUntil: ((connection: Connection) => Promise<string>) | undefined;
  #until: string | undefined;
  /** Nothing of what fits was listed yet. */
  #fresh = true;
  // What happened while a list was under way, to be applied on top of it.
  #meanwhile: api.ClipEvent[] | undefined;
  #loading: "older" | "newer" | undefined;

  /**
   * Follow those that fit, from the newest on, or from the newest before a moment that the home
   * is asked for. Those that were listed before stay until the others are there.
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

  /** Put back what was restored. */
  put(clip: api.Clip): void {
    this.#apply({ type: "changed", clip });
    this.changed();
  }

  /** Put in what a command just changed. */
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
    const page = await this.#list(connection, current);
    if (!current()) return;
    this.clips = sorted(page.clips);
    this.more = page.more;
    if (this.#fresh) this.newer = this.#until !== undefined;
    this.#fresh = false;
    this.#meanwhile = undefined;
    meanwhile.forEach((event) => this.#apply(event));
  }

  /** The first page; after a lost connection as many as were listed, so that nobody loses their place. */
  async #list(connection: Connection, current: () => boolean): Promise<api.Clips> {
    const count = this.#fresh ? 0 : this.clips.length;
    const newest = this.clips[0]?.started_at;
    const pageOf = (limit: number, before?: string): Promise<api.Clips> =>
      api.listClips(connection, {
        ...this.#filter,
        limit: Math.min(limit, MOST),
        ...(before ? { before } : {}),
      });
    let first = this.#fresh || this.newer ? this.#until : undefined;
    if (count > 0 && this.newer && newest)
      first = new Date(Date.parse(newest) + 1).toISOString();
    const usual = this.#filter.limit ?? PAGE;
    let { clips, more } = await pageOf(Math.max(count, usual), first);
    while (more && clips.length < count && current()) {
      const next = await pageOf(MOST, clips.at(-1)?.started_at);
      clips = [...clips, ...next.clips];
      ({ more } = next);
    }
    return { clips, more };
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
    // What is shown stays where it is, though it may not fit any more: nothing vanishes under a finger.
    if (known) {
      this.clips = sorted([clip, ...this.clips]);
      return;
    }
    if (!this.#fits(clip) || !this.#isWithinReach(clip, event.type)) return;
    if (this.#isForTheHomeToSay()) void this.#ask(clip);
    else this.clips = sorted([clip, ...this.clips]);
  }

  /** Whether a clip fits what can be told of it here. */
  #fits(clip: api.Clip): boolean {
    const { kinds, since } = this.#filter;
    if (kinds && !kinds.some((kind) => clip.kinds.includes(kind))) return false;
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

  /** Whether a clip is found: by asking for the few that are as old. */
  async #ask({ clip_id, started_at }: api.Clip): Promise<void> {
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
   * A clip that is not shown is new, or was restored, or lies on a page that was not opened yet,
   * older or newer.
   */
  #isWithinReach(clip: api.Clip, type: "saved" | "changed"): boolean {
    const at = Date.parse(clip.started_at);
    const oldest = this.clips.at(-1)?.started_at;
    const newest = this.clips[0]?.started_at ?? this.#until;
    if (this.newer && newest && at > Date.parse(newest)) return false;
    if (type === "saved" || !this.more) return true;
    return oldest !== undefined && at >= Date.parse(oldest);
  }
}

/** Newest first, each clip once; the first of equal ids wins. */
function sorted(clips: readonly api.Clip[]): api.Clip[] {
  const once = new Map<string, api.Clip>();
  for (const clip of clips) if (!once.has(clip.clip_id)) once.set(clip.clip_id, clip);
  return [...once.values()].sort(
    (a, b) => Date.parse(b.started_at) - Date.parse(a.started_at) || b.part - a.part,
  );
}
