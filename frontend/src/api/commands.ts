/** The websocket commands of the integration, with their types. */

import type {
  Doorbell,
  Agencies,
  Clip,
  ClipEvent,
  DeletedClip,
  EventFilter,
  Link,
  PreviewEvent,
  Still,
  StoredAreas,
  Strip,
  ShareEvent,
  ShareProof,
  ProposalEvent,
  PrepareRequest,
  PrepareEvent,
} from "./model.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

export type * from "./model.ts";

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

/** Hear of doorbells that come, go or get another name. */
export const subscribeDoorbells = (
  connection: Connection,
  callback: (event: { doorbells: Doorbell[] }) => void,
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback,
    { type: "doorwatch/doorbells/subscribe" },
    { resubscribe: false },
  );

export const agencies = (connection: Connection): Promise<Agencies> =>
  connection.sendMessagePromise<Agencies>({ type: "doorwatch/agencies" });

export const listClips = (
  connection: Connection,
  query: {
    doorbell_id?: string;
    before?: string;
    event?: EventFilter;
    limit: number;
  },
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

export const strip = (connection: Connection, clipId: string): Promise<Strip> =>
  connection.sendMessagePromise({ type: "doorwatch/clips/strip", clip_id: clipId });

export const clipStill = (
  connection: Connection,
  clipId: string,
  at: number,
): Promise<Still> =>
  connection.sendMessagePromise({ type: "doorwatch/clips/still", clip_id: clipId, at });

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

export const deletedClips = async (
  connection: Connection,
  doorbellId?: string,
): Promise<DeletedClip[]> =>
  (
    await connection.sendMessagePromise<{ clips: DeletedClip[] }>({
      type: "doorwatch/clips/deleted",
      ...(doorbellId ? { doorbell_id: doorbellId } : {}),
    })
  ).clips;

export const restoreClip = async (
  connection: Connection,
  clipId: string,
): Promise<Clip> =>
  (
    await connection.sendMessagePromise<{ clip: Clip }>({
      type: "doorwatch/clips/restore",
      clip_id: clipId,
    })
  ).clip;

export const recordNow = (
  connection: Connection,
  doorbellId: string,
  seconds: number,
): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "doorwatch/clips/record",
    doorbell_id: doorbellId,
    duration: seconds,
  });

/** Unsubscribing gives it up. */
export const makePreview = (
  connection: Connection,
  callback: (event: PreviewEvent) => void,
  clipId: string,
): Promise<Unsubscribe> =>
  connection.subscribeMessage(
    callback,
    { type: "doorwatch/clips/preview", clip_id: clipId },
    { resubscribe: false },
  );

export const areas = (
  connection: Connection,
  doorbellId: string,
): Promise<StoredAreas> =>
  connection.sendMessagePromise({
    type: "doorwatch/areas/get",
    doorbell_id: doorbellId,
  });

export const setAreas = (
  connection: Connection,
  doorbellId: string,
  corners: readonly (readonly (readonly number[])[])[],
): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "doorwatch/areas/set",
    doorbell_id: doorbellId,
    areas: corners,
  });

/** A link to what the doorbell sees now; null for one without a camera. */
export const still = async (
  connection: Connection,
  doorbell: Doorbell,
): Promise<string | null> => {
  if (!doorbell.camera_entity_id) return null;
  const { path } = await connection.sendMessagePromise<{ path: string }>({
    type: "auth/sign_path",
    path: `/api/camera_proxy/${doorbell.camera_entity_id}`,
  });
  return path;
};

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

export const withdrawShare = (
  connection: Connection,
  shareId: string,
): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "doorwatch/share/withdraw",
    share_id: shareId,
  });

export const retryShare = (connection: Connection, shareId: string): Promise<unknown> =>
  connection.sendMessagePromise({ type: "doorwatch/share/retry", share_id: shareId });

/** Have the person hand over what does not reach its agency. */
export const handOver = (connection: Connection, shareId: string): Promise<unknown> =>
  connection.sendMessagePromise({
    type: "doorwatch/share/hand_over",
    share_id: shareId,
  });

/** An address for one download, that lives some minutes. */
export const shareAddress = (
  connection: Connection,
  shareId: string,
): Promise<{ url: string; name: string }> =>
  connection.sendMessagePromise({ type: "doorwatch/share/address", share_id: shareId });

export const shareProof = (
  connection: Connection,
  shareId: string,
): Promise<ShareProof> =>
  connection.sendMessagePromise({ type: "doorwatch/share/proof", share_id: shareId });

/** A link to the whole ledger, for administrators. */
export const ledgerLink = async (connection: Connection): Promise<string> =>
  (
    await connection.sendMessagePromise<{ url: string }>({
      type: "doorwatch/ledger/link",
    })
  ).url;

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
