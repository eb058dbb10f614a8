/** Shares in every state, and their recipients. */

import type { Agencies, Agency, Share } from "../src/api/commands.ts";

export const FINGERPRINT =
  "K7QX 2M4C ZP5A H6TD WRY3 NBLE UV2S OFJ7 G4IK XQ6M T3PA C5ZD HRWQ";

const FOREIGN = {
  code: "foreign_client",
  message: "You logged in elsewhere.",
  placeholders: { address: "http://elsewhere.example" },
};

const USABLE = { compared: true, available: true, problem: null, upload_page: null };
export const AGENCIES: Agency[] = [
  {
    ...USABLE,
    agency_id: "agency-1",
    name: "Police of Sample Town",
    host: "police.sample-town.example",
  },
  {
    ...USABLE,
    agency_id: "agency-2",
    name: "Neighbourhood Office",
    host: "xn--brgeramt-n4a.example",
    compared: false,
  },
  {
    ...USABLE,
    agency_id: "agency-3",
    name: "County Sheriff",
    host: "sheriff.county.example",
    available: false,
    problem: "agency_unavailable",
  },
];

export const agenciesIn = (state: string): Agencies => ({
  agencies: state === "no-agency" ? [] : AGENCIES,
  refusal: state === "foreign" ? FOREIGN : null,
  administrators: ["Ada"],
});

export function share(state: Share["state"], change: Partial<Share> = {}): Share {
  return {
    share_id: `share-${state}`,
    clip_id: "clip-0",
    clip:
      state === "cancelled"
        ? null
        : {
            doorbell_id: "doorbell-2",
            event: "ring",
            started_at: new Date(Date.now() - 7_200_000).toISOString(),
            timezone: "Europe/Berlin",
          },
    agency_id: "agency-1",
    agency_name: "Police of Sample Town",
    state,
    created_at: new Date().toISOString(),
    cancel_in: state === "waiting" ? 10 : null,
    sent: state === "uploading" ? 4_200_000 : 0,
    total: 9_412_331,
    problem: null,
    attempts: 0,
    next_attempt: null,
    delivered_at: state === "delivered" ? new Date().toISOString() : null,
    ended_at: null,
    has_receipt: ["uploading", "delivered", "needs_new_tap"].includes(state),
    receipt: state === "delivered" ? "received" : null,
    received_at: state === "delivered" ? new Date().toISOString() : null,
    opened_at: null,
    withdrawal: null,
    withdrawal_text: "",
    withdrawn_at: null,
    can_withdraw: state === "delivered",
    outcome: state === "delivered" ? null : state === "uploading" ? "part" : "nothing",
    hand_over_until: null,
    downloads: 0,
    request_id: null,
    has_declaration: false,
    file: null,
    can_hand_over: false,
    ...change,
  };
}

const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();

/** The shares of the state "shares". */
export const SHARES: Share[] = [
  share("waiting"),
  share("uploading"),
  share("failed", {
    problem: "agency_refused",
    attempts: 3,
    outcome: "part",
  }),
  share("needs_new_tap", {
    problem: "agency_changed",
    sent: 4_200_000,
    outcome: "part_removed",
  }),
  share("cancelled", { sent: 4_200_000, outcome: "part_asked" }),
  share("delivered", {
    has_declaration: true,
    request_id: "2026-0417",
    opened_at: new Date().toISOString(),
  }),
  share("uploaded", { has_receipt: true, receipt: "none", outcome: null }),
];

/** A share that waits for its next attempt, in the state "pausing". */
export const PAUSING = share("uploading", {
  problem: "agency_unavailable",
  attempts: 6,
  next_attempt: new Date(Date.now() + 2_400_000).toISOString(),
});

/** Fields of a share that was stopped after a part of it was sent. */
export function cancelled(id: string): Partial<Share> {
  const before = SHARES.find((one) => one.share_id === id);
  return before
    ? {
        share_id: id,
        sent: before.sent,
        outcome: before.sent ? "part_asked" : "nothing",
      }
    : {};
}

/** Fields of a share that was withdrawn. */
export function withdrawn(id: string): Partial<Share> {
  return {
    share_id: id,
    withdrawal: "requested",
    withdrawn_at: new Date().toISOString(),
    can_withdraw: false,
  };
}

/** Shares that a person hands over, in the state "by-hand". */
export const BY_HAND: Share[] = [
  share("ready", { hand_over_until: TOMORROW, file: "doorwatch-share.zip" }),
  share("handed_over", { hand_over_until: TOMORROW, downloads: 1, outcome: null }),
  share("expired", { hand_over_until: TOMORROW }),
  share("failed", { problem: "agency_refused", attempts: 3, can_hand_over: true }),
];
