/** What the integration tells the card. */

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
  plays_everywhere: boolean;
  /** As browsers name them, of clips that not every browser plays. */
  codecs: string | null;
  has_preview: boolean;
  part: number;
  gaps: number;
  url: string;
  thumbnail: string;
  may_control: boolean;
  may_share: boolean;
}

export type ClipEvent =
  { type: "saved" | "changed"; clip: Clip } | { type: "removed"; clip_id: string };

export interface DeletedClip extends Clip {
  deleted_at: string;
  /** Seconds until it is gone for good. */
  gone_in: number;
}

export type EventFilter = "ring" | "motion" | "manual";

export interface Link {
  url: string;
  thumbnail: string;
  download: string;
  preview: string | null;
}

export type PreviewEvent =
  | { type: "progress"; fraction: number }
  | { type: "ready"; url: string }
  | { type: "failed"; code: string; message: string };

export interface StoredAreas {
  areas: number[][][];
  /** Whether motion is taken from the picture at all. */
  picture_motion: boolean;
}

export type ShareState =
  | "waiting"
  | "packaging"
  | "uploading"
  | "delivered"
  | "failed"
  | "needs_new_tap"
  | "cancelled";

/** What left this home with a share that has not arrived. */
export type Outcome =
  "nothing" | "unknown" | "part" | "part_asked" | "part_removed" | "part_unconfirmed";

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
  ended_at: string | null;
  /** Null once it was delivered. */
  outcome: Outcome | null;
  has_receipt: boolean;
}

/** What the agency may ask the owner to read out, and a link to the consent receipt. */
export interface ShareProof {
  fingerprint: string | null;
  receipt: string | null;
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
