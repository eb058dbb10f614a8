/** The current state of the home for this person: shares, requests, and what they have seen. */

import type { Connection } from "../ha/hass.ts";
import * as api from "./commands.ts";
import * as requestApi from "./requests.ts";
import * as shareApi from "./sharing.ts";
import { Live, type Reading } from "./live.ts";

/** A share with the time (performance.now) at which its cancel window ends. */
export type TimedShare = api.Share & { cancelUntil: number | null };

export const NO_REQUESTS: api.RequestsState = {
  requests: [],
  bulletins: [],
  feeds: [],
  doors: [],
  elsewhere: 0,
  radius: 0,
};

export class HomeFeed extends Live {
  doorbells: api.Doorbell[] = [];
  shares: TimedShare[] = [];
  proposals: api.Proposal[] = [];
  recordings: api.Recording[] = [];
  /** The live state of each door. */
  lives: api.Live[] = [];
  /** Requests and bulletins of agencies and groups. */
  requests = NO_REQUESTS;
  /** Until when this person has seen the clips of each doorbell. */
  seen: Readonly<Record<string, string>> = {};
  /** The last version whose news this person has seen; null for new users. */
  news: string | null | undefined;
  /** Shares of this person that others ended, and that this person has not read about. */
  endedShares: readonly api.EndedShare[] = [];

  /** The cameras of the doorbells, and those that are watched instead. */
  get cameras(): string[] {
    return [...this.doorbells, ...this.lives].flatMap(
      ({ camera_entity_id }) => camera_entity_id ?? [],
    );
  }

  start(connection: Connection): void {
    this.begin(connection);
  }

  /** Store until when the clips were seen, and the version whose news were seen. */
  async markSeen(
    moments: Readonly<Record<string, string>>,
    version?: string,
  ): Promise<void> {
    await this.#mark(moments, version === undefined ? {} : { news: version });
  }

  /** Mark the ended shares as read. */
  async markRead(shareIds: string[]): Promise<void> {
    await this.#mark({}, { ended_shares: shareIds });
    this.changed();
  }

  async #mark(
    moments: Readonly<Record<string, string>>,
    read: Parameters<typeof api.markSeen>[2],
  ): Promise<void> {
    const answer = await this.within((connection) =>
      api.markSeen(connection, moments, read),
    );
    if (answer) this.#take(answer);
  }

  #take({ seen, news, ended_shares }: api.Seen): void {
    this.seen = seen;
    this.news = news;
    this.endedShares = ended_shares;
  }

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    const hear =
      <Event>(take: (event: Event) => void) =>
      (event: Event): void => {
        if (!current()) return;
        take(event);
        this.changed();
      };
    const [doorbells, seen] = await Promise.all([
      api.doorbells(connection),
      api.seen(connection),
    ]);
    if (!current()) return;
    this.doorbells = doorbells;
    this.#take(seen);
    await Promise.all([
      keep(
        api.subscribeDoorbells(
          connection,
          hear((event) => (this.doorbells = event.doorbells)),
        ),
      ),
      keep(
        api.subscribeRecordings(
          connection,
          hear((event) => (this.recordings = event.recordings)),
        ),
      ),
      keep(
        api.subscribeLives(
          connection,
          hear((event) => (this.lives = event.doorbells)),
        ),
      ),
      keep(
        shareApi.subscribeShares(
          connection,
          hear((event) => this.#shareEvent(event)),
        ),
      ),
      keep(
        shareApi.subscribeProposals(
          connection,
          hear((event) => this.#proposalEvent(event)),
        ),
      ),
      keep(
        requestApi.subscribeRequests(
          connection,
          hear((event) => (this.requests = event)),
        ),
      ),
    ]);
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
  }

  #proposalEvent(event: api.ProposalEvent): void {
    const others = (id: string): api.Proposal[] =>
      this.proposals.filter((proposal) => proposal.proposal_id !== id);
    if (event.type === "all") this.proposals = event.proposals;
    else if (event.type === "removed") this.proposals = others(event.proposal_id);
    else {
      this.proposals = [event.proposal, ...others(event.proposal.proposal_id)];
    }
  }
}
