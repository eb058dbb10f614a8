/** The websocket commands of the integration, with their types. */

import type { Connection, Unsubscribe } from "./hass.ts";

export interface Doorbell {
  doorbell_id: string;
  name: string;
  camera_entity_id: string | null;
  connected: boolean;
  may_share: boolean;
  may_control: boolean;
}

export interface Agency {
  agency_id: string;
  name: string;
  host: string;
  compared: boolean;
  available: boolean;
  problem: string | null;
}

export interface Clip {
  clip_id: string;
  doorbell_id: string;
  event: string;
  started_at: string;
  ended_at: string;
  duration: number;
  timezone: string;
  size: number;
  protected: boolean;
  recovered: boolean;
  width: number;
  height: number;
  video_codec: string;
  audio_codec: string | null;
  part: number;
  gaps: number;
  url: string;
  thumbnail: string;
  may_control: boolean;
  may_share: boolean;
}

export type ClipEvent =
  { type: "saved" | "changed"; clip: Clip } | { type: "removed"; clip_id: string };

export interface Link {
  url: string;
  thumbnail: string;
}

export type ShareState =
  | "waiting"
  | "packaging"
  | "uploading"
  | "delivered"
  | "failed"
  | "needs_new_tap"
  | "cancelled";

export interface Share {
  share_id: string;
  clip_id: string;
  agency_id: string;
  agency_name: string;
  state: ShareState;
  created_at: string;
  cancel_in: number | null;
  sent: number;
  total: number;
  problem: string | null;
  attempts: number;
  next_attempt: string | null;
  delivered_at: string | null;
}

export type ShareEvent =
  { type: "all"; shares: Share[] } | { type: "changed"; share: Share };

export interface Proposal {
  proposal_id: string;
  clip_id: string;
  agency_id: string | null;
  at: string;
  by: string | null;
}

export type ProposalEvent =
  | { type: "all"; proposals: Proposal[] }
  | { type: "changed"; proposal: Proposal }
  | { type: "removed"; proposal_id: string };

export interface Edits {
  start?: number;
  end?: number;
  audio: boolean;
}

export interface PersonalDetails {
  name?: string;
  contact?: string;
}

export interface PrepareRequest {
  clip_id: string;
  agency_id: string;
  edits: Edits;
  note?: string;
  case_reference?: string;
  personal: PersonalDetails;
  /** The household's PIN, under the key that Home Assistant keeps out of its logs. */
  password?: string;
}

export interface Notice {
  agency: {
    name: string;
    host: string;
    issuer: string;
    fingerprint: string;
    compared: boolean;
    jurisdiction: string;
    contact: string;
    terms: string;
    retention: string;
    retention_days: number | null;
    terms_digest: string;
  };
  file: {
    sha256: string;
    size: number;
    started_at: string;
    ended_at: string;
    audio: boolean;
    derived: boolean;
    edits: { start?: number | null; end?: number | null; audio?: boolean };
  };
  personal: Record<string, string | null>;
  note: string;
  case_reference: string;
  request_id: string | null;
  sentences: string[];
}

export type PrepareEvent =
  | { type: "progress"; stage: string; fraction: number }
  | { type: "expired" }
  | {
      type: "ready";
      confirmation: string;
      expires_in: number;
      preview_url: string;
      notice: Notice;
    };

/** What went wrong: the code is a translation key, the message is the server's, already translated. */
export interface Failure {
  code: string;
  message: string;
}

export function failureOf(error: unknown): Failure {
  if (typeof error === "object" && error !== null && "code" in error) {
    const { code, message, translation_key } = error as Record<string, unknown>;
    const key = typeof translation_key === "string" ? translation_key : code;
    return {
      // The frontend's websocket library rejects with numbers when the connection went away.
      code: typeof key === "number" ? "connection_lost" : String(key),
      message: typeof message === "string" ? message : "",
    };
  }
  if (typeof error === "number") return { code: "connection_lost", message: "" };
  return { code: "unknown", message: error instanceof Error ? error.message : "" };
}

export const doorbells = async (connection: Connection): Promise<Doorbell[]> =>
  (
    await connection.sendMessagePromise<{ doorbells: Doorbell[] }>({
      type: "doorwatch/doorbells",
    })
  ).doorbells;

export const agencies = async (connection: Connection): Promise<Agency[]> =>
  (
    await connection.sendMessagePromise<{ agencies: Agency[] }>({
      type: "doorwatch/agencies",
    })
  ).agencies;

export const listClips = (
  connection: Connection,
  query: { doorbell_id?: string; before?: string; limit: number },
): Promise<{ clips: Clip[]; more: boolean }> =>
  connection.sendMessagePromise({ type: "doorwatch/clips/list", ...query });

export const subscribeClips = (
  connection: Connection,
  callback: (event: ClipEvent) => void,
  doorbellId?: string,
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback,
    {
      type: "doorwatch/clips/subscribe",
      ...(doorbellId ? { doorbell_id: doorbellId } : {}),
    },
    { resubscribe: false },
  );

export const link = (connection: Connection, clipId: string): Promise<Link> =>
  connection.sendMessagePromise({ type: "doorwatch/clips/link", clip_id: clipId });

export const protect = (
  connection: Connection,
  clipId: string,
  on: boolean,
): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "doorwatch/clips/protect",
    clip_id: clipId,
    protected: on,
  });

export const deleteClip = (connection: Connection, clipId: string): Promise<unknown> =>
  connection.sendMessagePromise({ type: "doorwatch/clips/delete", clip_id: clipId });

/** Unsubscribing drops what was prepared; a reconnect must not prepare again by itself. */
export const prepare = (
  connection: Connection,
  callback: (event: PrepareEvent) => void,
  request: PrepareRequest,
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback,
    { type: "doorwatch/share/prepare", ...request },
    { resubscribe: false },
  );

/** The tap. Sent on the connection that prepared, which is a part of the proof. */
export const shareClip = async (
  connection: Connection,
  data: { clip_id: string; agency_id: string; confirmation: string },
): Promise<string> => {
  const result = await connection.sendMessagePromise<{
    response: { share_id: string };
  }>({
    type: "call_service",
    domain: "doorwatch",
    service: "share_clip",
    service_data: data,
    return_response: true,
  });
  return result.response.share_id;
};

export const subscribeShares = (
  connection: Connection,
  callback: (event: ShareEvent) => void,
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback,
    { type: "doorwatch/shares/subscribe" },
    { resubscribe: false },
  );

export const cancelShare = (
  connection: Connection,
  shareId: string,
): Promise<unknown> =>
  connection.sendMessagePromise({ type: "doorwatch/share/cancel", share_id: shareId });

export const retryShare = (connection: Connection, shareId: string): Promise<unknown> =>
  connection.sendMessagePromise({ type: "doorwatch/share/retry", share_id: shareId });

export const subscribeProposals = (
  connection: Connection,
  callback: (event: ProposalEvent) => void,
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback,
    { type: "doorwatch/proposals/subscribe" },
    { resubscribe: false },
  );

export const dismissProposal = (
  connection: Connection,
  proposalId: string,
): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "doorwatch/proposals/dismiss",
    proposal_id: proposalId,
  });
