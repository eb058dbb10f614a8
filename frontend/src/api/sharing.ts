/** The commands about sharing: agencies, suggestions, drafts, and shares. */

import type { Connection, Unsubscribe } from "../ha/hass.ts";
import { ask, hear } from "./ask.ts";
import type {
  Agencies,
  Commands,
  CopyEvent,
  CopyRequest,
  Draft,
  OwnProposal,
  PrepareEvent,
  PrepareRequest,
  ProposalEvent,
  ShareAddress,
  ShareEvent,
  ShareProof,
} from "./commands.ts";

export const agencies = (connection: Connection): Promise<Agencies> =>
  ask(connection, "doorwatch/agencies", {});

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
