/** The latest clips, the shares and the proposals, kept up to date across reconnects. */

import * as api from "../api/commands.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

type FeedStatus = "loading" | "ready" | "error";

/** A share with the moment (performance.now) at which its cancel window ends. */
export type TimedShare = api.Share & { cancelUntil: number | null };

/** How many clips one page holds when the card's configuration names no other number. */
const PAGE = 12;

const FIRST_RETRY = 2_000;
const LAST_RETRY = 30_000;

interface FeedQuery {
  connection: Connection;
  /** Only clips of the doorbell with this camera. */
  camera?: string | undefined;
  limit?: number | undefined;
  /** Only clips of this kind. */
  event?: api.EventFilter | undefined;
}

export class Feed {
  status: FeedStatus = "loading";
  failure: api.Failure | undefined;
  clips: api.Clip[] = [];
  more = false;
  doorbells: api.Doorbell[] = [];
  shares: TimedShare[] = [];
  proposals: api.Proposal[] = [];

  readonly #changed: () => void;
  #query: FeedQuery | undefined;
  #unsubscribers: Unsubscribe[] = [];
  // Every start and every lost connection begins a new generation; answers to an older one are dropped.
  #generation = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #retryDelay = FIRST_RETRY;
  // What happened while a list was under way, to be applied on top of it.
  #meanwhile: api.ClipEvent[] | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  start(query: FeedQuery): void {
    this.stop();
    this.#query = query;
    this.status = "loading";
    this.clips = [];
    query.connection.addEventListener("ready", this.#reconnected);
    query.connection.addEventListener("disconnected", this.#disconnected);
    void this.#load();
  }

  stop(): void {
    const { connection } = this.#query ?? {};
    connection?.removeEventListener("ready", this.#reconnected);
    connection?.removeEventListener("disconnected", this.#disconnected);
    this.#query = undefined;
    this.#leave();
  }

  /** Load again after an error, at once. */
  retry(): void {
    this.#retryDelay = FIRST_RETRY;
    this.#leave();
    this.status = "loading";
    this.#changed();
    void this.#load();
  }

  async loadOlder(): Promise<void> {
    const query = this.#query;
    const oldest = this.clips.at(-1);
    if (!query || !oldest) return;
    const generation = this.#generation;
    const page = await api.listClips(query.connection, {
      ...this.#page(),
      before: oldest.started_at,
    });
    if (generation !== this.#generation) return;
    this.clips = sorted([...this.clips, ...page.clips]);
    this.more = page.more;
    this.#changed();
  }

  /** Put back what was restored. */
  put(clip: api.Clip): void {
    this.#apply({ type: "changed", clip });
    this.#changed();
  }

  /** Put in a fresh link, or what a command just changed. */
  update(clipId: string, change: Partial<api.Clip>): void {
    this.clips = this.clips.map((clip) =>
      clip.clip_id === clipId ? { ...clip, ...change } : clip,
    );
    this.#changed();
  }

  remove(clipId: string): void {
    this.#apply({ type: "removed", clip_id: clipId });
    this.#changed();
  }

  readonly #reconnected = (): void => {
    this.#retryDelay = FIRST_RETRY;
    this.#leave();
    void this.#load();
  };

  readonly #disconnected = (): void => {
    // Their ids mean nothing on the next connection, where they could hit somebody else's subscription.
    this.#unsubscribers = [];
    this.#leave();
  };

  #leave(): void {
    this.#generation += 1;
    clearTimeout(this.#retryTimer);
    this.#meanwhile = undefined;
    for (const unsubscribe of this.#unsubscribers) {
      void unsubscribe().catch(() => undefined);
    }
    this.#unsubscribers = [];
  }

  /** The one doorbell that is shown, if it is one. */
  get doorbellId(): string | undefined {
    const camera = this.#query?.camera;
    if (!camera) return undefined;
    return this.doorbells.find((one) => one.camera_entity_id === camera)?.doorbell_id;
  }

  #scope(): { doorbell_id?: string } {
    const { doorbellId } = this;
    return doorbellId ? { doorbell_id: doorbellId } : {};
  }

  #page(): { doorbell_id?: string; kinds?: api.EventFilter[]; limit: number } {
    const { event, limit } = this.#query ?? {};
    return {
      ...this.#scope(),
      ...(event ? { kinds: [event] } : {}),
      limit: limit ?? PAGE,
    };
  }

  async #load(): Promise<void> {
    const query = this.#query;
    if (!query) return;
    const { connection } = query;
    const generation = this.#generation;
    const current = (): boolean => generation === this.#generation;
    const keep = async (subscription: Promise<Unsubscribe>): Promise<void> => {
      const unsubscribe = await subscription;
      if (current()) this.#unsubscribers.push(unsubscribe);
      else await unsubscribe().catch(() => undefined);
    };
    try {
      this.doorbells = await api.doorbells(connection);
      if (!current()) return;
      const scope = this.#scope();
      if (query.camera && !scope.doorbell_id)
        throw new api.CommandError("camera_unknown");
      const meanwhile: api.ClipEvent[] = [];
      this.#meanwhile = meanwhile;
      await Promise.all([
        keep(
          api.subscribeDoorbells(
            connection,
            (event) => current() && this.#know(event.doorbells),
          ),
        ),
        keep(
          api.subscribeClips(
            connection,
            (event) => current() && this.#clipEvent(event),
            scope.doorbell_id,
          ),
        ),
        keep(
          api.subscribeShares(
            connection,
            (event) => current() && this.#shareEvent(event),
          ),
        ),
        keep(
          api.subscribeProposals(
            connection,
            (event) => current() && this.#proposalEvent(event),
          ),
        ),
      ]);
      const page = await api.listClips(connection, this.#page());
      if (!current()) return;
      this.clips = sorted(page.clips);
      this.more = page.more;
      this.#meanwhile = undefined;
      meanwhile.forEach((event) => this.#apply(event));
      this.status = "ready";
      this.failure = undefined;
      this.#retryDelay = FIRST_RETRY;
    } catch (error) {
      if (!current()) return;
      this.#leave();
      this.status = "error";
      this.failure = api.failureOf(error);
      // The integration may still be starting: ask again, less and less often.
      this.#retryTimer = setTimeout(() => void this.#load(), this.#retryDelay);
      this.#retryDelay = Math.min(this.#retryDelay * 2, LAST_RETRY);
    }
    this.#changed();
  }

  #clipEvent(event: api.ClipEvent): void {
    if (this.#meanwhile) {
      this.#meanwhile.push(event);
      return;
    }
    this.#apply(event);
    if (event.type === "saved") void this.#meet(event.clip.doorbell_id);
    this.#changed();
  }

  /** A doorbell that is not known was added since the list of them was read. */
  async #meet(doorbellId: string): Promise<void> {
    const { connection } = this.#query ?? {};
    const known = this.doorbells.some((one) => one.doorbell_id === doorbellId);
    if (!connection || known) return;
    const generation = this.#generation;
    const doorbells = await api.doorbells(connection).catch(() => undefined);
    if (!doorbells || generation !== this.#generation) return;
    this.#know(doorbells);
  }

  #know(doorbells: api.Doorbell[]): void {
    this.doorbells = doorbells;
    this.#changed();
  }

  #apply(event: api.ClipEvent): void {
    if (event.type === "removed") {
      this.clips = this.clips.filter((clip) => clip.clip_id !== event.clip_id);
      return;
    }
    const { clip } = event;
    const wanted = this.#query?.event;
    if (wanted && !clip.kinds.includes(wanted)) return;
    const known = this.clips.some((one) => one.clip_id === clip.clip_id);
    if (known || event.type === "saved" || this.#isWithinReach(clip))
      this.clips = sorted([clip, ...this.clips]);
  }

  /**
   * A changed clip that is not shown is either restored, or an older one on a page that
   * was not opened yet.
   */
  #isWithinReach(clip: api.Clip): boolean {
    const oldest = this.clips.at(-1);
    if (!this.more || !oldest) return !this.more;
    return Date.parse(clip.started_at) >= Date.parse(oldest.started_at);
  }

  #shareEvent(event: api.ShareEvent): void {
    const timed = (share: api.Share): TimedShare => ({
      ...share,
      cancelUntil:
        share.cancel_in === null ? null : performance.now() + share.cancel_in * 1000,
    });
    this.shares =
      event.type === "all"
        ? event.shares.map(timed)
        : [
            timed(event.share),
            ...this.shares.filter((share) => share.share_id !== event.share.share_id),
          ];
    this.#changed();
  }

  #proposalEvent(event: api.ProposalEvent): void {
    const others = (id: string): api.Proposal[] =>
      this.proposals.filter((proposal) => proposal.proposal_id !== id);
    if (event.type === "all") this.proposals = event.proposals;
    else if (event.type === "removed") this.proposals = others(event.proposal_id);
    else {
      this.proposals = [event.proposal, ...others(event.proposal.proposal_id)];
    }
    this.#changed();
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
