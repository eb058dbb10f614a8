/** The commands of the integration. Their arguments and answers are generated from its code. */

import type { Connection, Unsubscribe } from "../ha/hass.ts";
import type {
  Agencies,
  Clip,
  ClipEvent,
  ClipPage,
  Clips,
  Commands,
  CopyEvent,
  Day,
  Days,
  Defaults,
  DeletedClip,
  Doorbell,
  Doorbells,
  Draft,
  Facets,
  LedgerCounts,
  Link,
  Lives,
  Notices,
  OwnProposal,
  PrepareEvent,
  PreviewEvent,
  ProposalEvent,
  Reconnected,
  Recorded,
  Recordings,
  RequestsState,
  Seen,
  Settings,
  ShareAddress,
  ShareEvent,
  ShareProof,
  Still,
  StoredAreas,
  Strip,
  Transparency,
  TransparencyLine,
  Wishes,
} from "./generated.ts";

export type * from "./generated.ts";

export type ClipQuery = Commands["doorwatch/clips/list"]["request"];
export type EventFilter = NonNullable<ClipQuery["kinds"]>[number];
export type Label = NonNullable<ClipQuery["labels"]>[number];
export type PrepareRequest = Commands["doorwatch/share/prepare"]["request"];
export type CopyRequest = Commands["doorwatch/copy/prepare"]["request"];
type Edits = NonNullable<PrepareRequest["edits"]>;
export type Redaction = NonNullable<Edits["redact"]>[number];

/** An error: the code is a translation key, the message was translated by the server. */
export interface Failure {
  code: string;
  message: string;
}

/** A problem that was found here, before a command was sent. */
export class CommandError extends Error {
  constructor(readonly code: string) {
    super();
  }
}

export function failureOf(error: unknown): Failure {
  if (typeof error === "object" && error !== null && "code" in error) {
    const { code, message, translation_key } = error as Record<string, unknown>;
    const key = typeof translation_key === "string" ? translation_key : code;
    return {
      // The frontend's websocket library rejects with a number when the connection is lost.
      code: typeof key === "number" ? "connection_lost" : String(key),
      message: typeof message === "string" ? message : "",
    };
  }
  if (typeof error === "number") return { code: "connection_lost", message: "" };
  return { code: "unknown", message: error instanceof Error ? error.message : "" };
}

type Name = keyof Commands;
/** The commands that send events. */
type Telling = {
  [N in Name]: Commands[N] extends { event: unknown } ? N : never;
}[Name];

const ask = <N extends Name>(
  connection: Connection,
  type: N,
  request: Commands[N]["request"],
): Promise<Commands[N]["answer"]> =>
  connection.sendMessagePromise({ type, ...request }) as Promise<Commands[N]["answer"]>;

/** Subscriptions are not repeated after a reconnect, because lists are read again then, too. */
const hear = <N extends Telling>(
  connection: Connection,
  type: N,
  callback: (event: Commands[N]["event"]) => void,
  request: Commands[N]["request"],
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback as (event: unknown) => void,
    { type, ...request },
    { resubscribe: false },
  );

const ofDoorbell = (doorbellId?: string): { doorbell_id?: string } =>
  doorbellId ? { doorbell_id: doorbellId } : {};

export const doorbells = async (connection: Connection): Promise<Doorbell[]> =>
  (await ask(connection, "doorwatch/doorbells", {})).doorbells;

/** Subscribe to changes of the doorbells. */
export const subscribeDoorbells = (
  connection: Connection,
  callback: (event: Doorbells) => void,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/doorbells/subscribe", callback, {});

export const agencies = (connection: Connection): Promise<Agencies> =>
  ask(connection, "doorwatch/agencies", {});

export const listClips = (connection: Connection, query: ClipQuery): Promise<Clips> =>
  ask(connection, "doorwatch/clips/list", query);

/** The filters that lead to at least one clip. */
export const facets = (connection: Connection, doorbellId?: string): Promise<Facets> =>
  ask(connection, "doorwatch/clips/facets", ofDoorbell(doorbellId));

export const subscribeClips = (
  connection: Connection,
  callback: (event: ClipEvent) => void,
  doorbellId?: string,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/clips/subscribe", callback, ofDoorbell(doorbellId));

export const link = (connection: Connection, clipId: string): Promise<Link> =>
  ask(connection, "doorwatch/clips/link", { clip_id: clipId });

export const strip = (connection: Connection, clipId: string): Promise<Strip> =>
  ask(connection, "doorwatch/clips/strip", { clip_id: clipId });

/** How loud equal parts of a clip are, 0 to 1. */
export const loudness = async (
  connection: Connection,
  clipId: string,
): Promise<number[]> =>
  (await ask(connection, "doorwatch/clips/loudness", { clip_id: clipId })).levels;

export const clipStill = (
  connection: Connection,
  clipId: string,
  at: number,
): Promise<Still> => ask(connection, "doorwatch/clips/still", { clip_id: clipId, at });

export const protect = (
  connection: Connection,
  clipId: string,
  on: boolean,
): Promise<unknown> =>
  ask(connection, "doorwatch/clips/protect", { clip_id: clipId, protected: on });

export const deleteClip = (connection: Connection, clipId: string): Promise<unknown> =>
  ask(connection, "doorwatch/clips/delete", { clip_id: clipId });

export const deletedClips = async (
  connection: Connection,
  doorbellId?: string,
): Promise<DeletedClip[]> =>
  (await ask(connection, "doorwatch/clips/deleted", ofDoorbell(doorbellId))).clips;

export const restoreClip = async (
  connection: Connection,
  clipId: string,
): Promise<Clip> =>
  (await ask(connection, "doorwatch/clips/restore", { clip_id: clipId })).clip;

/** A clip and its neighbors; with a doorbell, those of that doorbell. */
export const getClip = (
  connection: Connection,
  clipId: string,
  doorbellId?: string,
): Promise<ClipPage> =>
  ask(connection, "doorwatch/clips/get", {
    clip_id: clipId,
    ...ofDoorbell(doorbellId),
  });

/** The days of a month, as "2026-11", that have clips. */
export const days = (
  connection: Connection,
  month: string,
  doorbellId?: string,
): Promise<Days> =>
  ask(connection, "doorwatch/days", { month, ...ofDoorbell(doorbellId) });

/** All clips of a day, as "2026-11-24". */
export const day = (
  connection: Connection,
  name: string,
  doorbellId?: string,
): Promise<Day> =>
  ask(connection, "doorwatch/day", { day: name, ...ofDoorbell(doorbellId) });

export const subscribeRecordings = (
  connection: Connection,
  callback: (event: Recordings) => void,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/recordings/subscribe", callback, {});

/** Subscribe to the live state of each door. */
export const subscribeLives = (
  connection: Connection,
  callback: (event: Lives) => void,
): Promise<Unsubscribe> => hear(connection, "doorwatch/live/subscribe", callback, {});

/** Confirm that the person who talks on this page is still there. */
export const goOnTalking = (
  connection: Connection,
  doorbellId: string,
): Promise<unknown> =>
  ask(connection, "doorwatch/talk/go_on", { doorbell_id: doorbellId });

/** Connect to a doorbell that is offline now. */
export const reconnect = (
  connection: Connection,
  doorbellId: string,
): Promise<Reconnected> =>
  ask(connection, "doorwatch/reconnect", { doorbell_id: doorbellId });

export const record = (
  connection: Connection,
  doorbellId: string,
  duration: number,
): Promise<Recorded> =>
  ask(connection, "doorwatch/record", { doorbell_id: doorbellId, duration });

/** Detect motion in the video of a doorbell from now on. */
export const detectMotion = (
  connection: Connection,
  doorbellId: string,
): Promise<unknown> =>
  ask(connection, "doorwatch/detect_motion", { doorbell_id: doorbellId });

/** Stop a manual recording. */
export const stopRecording = (
  connection: Connection,
  doorbellId: string,
): Promise<unknown> =>
  ask(connection, "doorwatch/record/stop", { doorbell_id: doorbellId });

export const seen = (connection: Connection): Promise<Seen> =>
  ask(connection, "doorwatch/seen", {});

export const markSeen = (
  connection: Connection,
  moments: Readonly<Record<string, string>>,
  read: { news?: string; ended_shares?: string[] } = {},
): Promise<Seen> => ask(connection, "doorwatch/seen/mark", { seen: moments, ...read });

/** Unsubscribing cancels it. */
export const makePreview = (
  connection: Connection,
  callback: (event: PreviewEvent) => void,
  clipId: string,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/clips/preview", callback, { clip_id: clipId });

export const areas = (
  connection: Connection,
  doorbellId: string,
): Promise<StoredAreas> =>
  ask(connection, "doorwatch/areas/get", { doorbell_id: doorbellId });

export const setAreas = (
  connection: Connection,
  doorbellId: string,
  corners: Commands["doorwatch/areas/set"]["request"]["areas"],
): Promise<unknown> =>
  ask(connection, "doorwatch/areas/set", { doorbell_id: doorbellId, areas: corners });

/** A link to the doorbell's current image; null without a camera. */
export const still = async (
  connection: Connection,
  doorbell: Doorbell,
): Promise<string | null> => {
  if (!doorbell.camera_entity_id) return null;
  const { path } = (await connection.sendMessagePromise({
    type: "auth/sign_path",
    path: `/api/camera_proxy/${doorbell.camera_entity_id}`,
  })) as { path: string };
  return path;
};

/** This person's notification settings and phones. */
export const notices = (connection: Connection): Promise<Notices> =>
  ask(connection, "doorwatch/notices", {});

export const saveWishes = (connection: Connection, wishes: Wishes): Promise<Notices> =>
  ask(connection, "doorwatch/notices/save", {
    wishes: wishes,
  });

/** Save the household's defaults, for administrators. */
export const saveDefaults = (
  connection: Connection,
  defaults: Defaults,
): Promise<Notices> =>
  ask(connection, "doorwatch/notices/defaults", {
    defaults: defaults,
  });

/** Snooze this person's notifications for some minutes; 0 ends the snooze. */
export const snooze = (
  connection: Connection,
  minutes: number,
  doorbellId?: string,
): Promise<Notices> =>
  ask(connection, "doorwatch/notices/snooze", { minutes, ...ofDoorbell(doorbellId) });

export const testPhone = (connection: Connection, phoneId: string): Promise<unknown> =>
  ask(connection, "doorwatch/notices/test", { phone_id: phoneId });

export const draft = (connection: Connection, clipId: string): Promise<Draft> =>
  ask(connection, "doorwatch/draft", { clip_id: clipId });

export const saveDraft = (
  connection: Connection,
  clipId: string,
  filled: Commands["doorwatch/draft/save"]["request"]["draft"],
): Promise<unknown> =>
  ask(connection, "doorwatch/draft/save", { clip_id: clipId, draft: filled });

export const dropDraft = (connection: Connection, clipId: string): Promise<unknown> =>
  ask(connection, "doorwatch/draft/drop", { clip_id: clipId });

/**
 * Unsubscribing discards what was prepared; a reconnect must not prepare again automatically.
 */
export const prepare = (
  connection: Connection,
  callback: (event: PrepareEvent) => void,
  request: PrepareRequest,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/share/prepare", callback, request);

/**
 * Prepare a copy of a clip that the person sends to someone.
 *
 * Unsubscribing before it is ready cancels it; a copy that is ready can be fetched for an hour.
 */
export const prepareCopy = (
  connection: Connection,
  callback: (event: CopyEvent) => void,
  request: CopyRequest,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/copy/prepare", callback, request);

/**
 * Confirm a share. Must be sent on the connection that prepared it, which is part of the proof.
 */
export const shareClip = async (
  connection: Connection,
  data: { clip_id: string; agency_id: string; confirmation: string },
): Promise<string> => {
  const { response } = (await connection.sendMessagePromise({
    type: "call_service",
    domain: "doorwatch",
    service: "share_clip",
    service_data: data,
    return_response: true,
  })) as { response: { share_id: string } };
  return response.share_id;
};

export const subscribeShares = (
  connection: Connection,
  callback: (event: ShareEvent) => void,
): Promise<Unsubscribe> => hear(connection, "doorwatch/shares/subscribe", callback, {});

export const cancelShare = (
  connection: Connection,
  shareId: string,
): Promise<unknown> => ask(connection, "doorwatch/share/cancel", { share_id: shareId });

export const withdrawShare = (
  connection: Connection,
  shareId: string,
  pin: string,
): Promise<unknown> =>
  ask(connection, "doorwatch/share/withdraw", {
    share_id: shareId,
    ...(pin ? { password: pin } : {}),
  });

export const retryShare = (connection: Connection, shareId: string): Promise<unknown> =>
  ask(connection, "doorwatch/share/retry", { share_id: shareId });

/** Switch a share that does not reach its agency to handing over. */
export const handOver = (connection: Connection, shareId: string): Promise<unknown> =>
  ask(connection, "doorwatch/share/hand_over", { share_id: shareId });

export const shareAddress = (
  connection: Connection,
  shareId: string,
): Promise<ShareAddress> =>
  ask(connection, "doorwatch/share/address", { share_id: shareId });

export const shareProof = (
  connection: Connection,
  shareId: string,
): Promise<ShareProof> =>
  ask(connection, "doorwatch/share/proof", { share_id: shareId });

/** The numbers of what was shared with whom, for everyone who may see a doorbell. */
export const transparency = (connection: Connection): Promise<Transparency> =>
  ask(connection, "doorwatch/transparency", {});

/** The ledger's lines about agencies, newest first, for administrators. */
export const transparencyLines = async (
  connection: Connection,
  asked: Commands["doorwatch/transparency/lines"]["request"],
): Promise<TransparencyLine[]> =>
  (await ask(connection, "doorwatch/transparency/lines", asked)).lines;

/** Delete the personal details of a ledger line. */
export const forgetPersonal = (connection: Connection, seq: number): Promise<unknown> =>
  ask(connection, "doorwatch/transparency/forget", { seq });

export const ledgerCounts = (connection: Connection): Promise<LedgerCounts> =>
  ask(connection, "doorwatch/ledger/counts", {});

/** The settings of the home, for administrators. */
export const settings = (connection: Connection): Promise<Settings> =>
  ask(connection, "doorwatch/settings", {});

/** A link to the whole ledger, for administrators. */
export const ledgerLink = async (connection: Connection): Promise<string> =>
  (await ask(connection, "doorwatch/ledger/link", {})).url;

export const subscribeProposals = (
  connection: Connection,
  callback: (event: ProposalEvent) => void,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/proposals/subscribe", callback, {});

/** Suggest a clip to those who may share; nothing leaves the home. */
export const propose = (connection: Connection, clipId: string): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "call_service",
    domain: "doorwatch",
    service: "propose_share",
    service_data: { clip_id: clipId },
    return_response: true,
  });

/** The state of this person's own suggestion. */
export const ownProposal = (
  connection: Connection,
  clipId: string,
): Promise<OwnProposal> =>
  ask(connection, "doorwatch/proposals/mine", { clip_id: clipId });

export const dismissProposal = (
  connection: Connection,
  proposalId: string,
): Promise<unknown> =>
  ask(connection, "doorwatch/proposals/dismiss", { proposal_id: proposalId });

/** Subscribe to requests and bulletins of agencies; the home does not contact them for it. */
export const subscribeRequests = (
  connection: Connection,
  callback: (event: RequestsState) => void,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/requests/subscribe", callback, {});

/** The clips that match a request, best first. */
export const requestClips = (
  connection: Connection,
  agencyId: string,
  requestId: string,
): Promise<Clips> =>
  ask(connection, "doorwatch/requests/clips", {
    agency_id: agencyId,
    request_id: requestId,
  });

/** Hide a request for this person only; the agency does not learn it. */
export const hideRequest = (
  connection: Connection,
  agencyId: string,
  itemId: string,
  hidden: boolean,
): Promise<unknown> =>
  ask(connection, "doorwatch/requests/hide", {
    agency_id: agencyId,
    item_id: itemId,
    hidden,
  });

export const hideAgency = (
  connection: Connection,
  agencyId: string,
  hidden: boolean,
): Promise<unknown> =>
  ask(connection, "doorwatch/requests/hide_agency", { agency_id: agencyId, hidden });
