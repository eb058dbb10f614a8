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
  /** Where its upload links lead, of one that sends such links to people. */
  upload_page: string | null;
}

export interface Agencies {
  agencies: Agency[];
  /** Why nobody can share at this page: it is not one of this home's. */
  refusal: { code: string; message: string } | null;
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
  | "ready"
  | "handed_over"
  | "expired"
  | "delivered"
  | "uploaded" // all of it, to an agency that gives no receipts: nothing confirms it
  | "failed"
  | "needs_new_tap"
  | "cancelled";

/** What left this home with a share that has not arrived. */
export type Outcome =
  | "nothing"
  | "unknown"
  | "part"
  | "part_asked"
  | "part_removed"
  | "part_unconfirmed"
  | "part_downloaded";

/** Enough of a clip to tell it from others. */
export type ClipInWords = Pick<
  Clip,
  "doorbell_id" | "event" | "started_at" | "timezone"
>;

export interface Share {
  share_id: string;
  clip_id: string;
  /** Null when the clip was gone before anybody asked. */
  clip: ClipInWords | null;
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
  /** Null once it was delivered or uploaded. */
  outcome: Outcome | null;
  has_receipt: boolean;
  /** What is known of the agency's word that it has it. */
  receipt: "awaited" | "received" | "wrong" | "missing" | "none" | null;
  received_at: string | null;
  withdrawal: "requested" | "pending" | "deleted" | "refused" | "unanswered" | null;
  /** The agency's own words. */
  withdrawal_text: string;
  withdrawn_at: string | null;
  can_withdraw: boolean;
  /** Set when a person hands it over; the package goes then. */
  hand_over_until: string | null;
  downloads: number;
  /** The name of the package that is ready. */
  file: string | null;
  /** Whether the person can hand it over instead of this home. */
  can_hand_over: boolean;
}

/** What the agency may ask the owner to read out, and links to both receipts. */
export interface ShareProof {
  fingerprint: string | null;
  receipt: string | null;
  delivery_receipt: string | null;
}

export type ShareEvent =
  { type: "all"; shares: Share[] } | { type: "changed"; share: Share };

export interface Proposal {
  proposal_id: string;
  clip_id: string;
  agency_id: string | null;
  at: string;
  by: string | null;
  /** Whose login or token it was made with, if it was made with one. */
  user?: string | null;
}

export type ProposalEvent =
  | { type: "all"; proposals: Proposal[] }
  | { type: "changed"; proposal: Proposal }
  | { type: "removed"; proposal_id: string };

/** A picture of a clip, and when it is shown: seconds from the first. */
export interface Still {
  at: number;
  /** A data URL: no address leads to it. */
  picture: string;
}

export interface Strip {
  length: number;
  /** Where a part can begin whose picture is copied. */
  keyframes: number[];
  stills: Still[];
}

/** A rectangle to cover, in fractions of the picture; without times, all the time. */
export interface Redaction {
  left: number;
  top: number;
  width: number;
  height: number;
  start?: number | null;
  end?: number | null;
}

export interface Edits {
  start?: number;
  end?: number;
  audio: boolean;
  redact?: Redaction[];
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
  /** Where the upload link leads. The link itself stays in this page. */
  link_origin?: string;
  /** To look at a copy that plays everywhere: this browser cannot play the file. */
  small_preview?: boolean;
  /** The household's PIN, under the key that Home Assistant keeps out of its logs. */
  password?: string;
}

export interface Notice {
  agency: {
    name: string;
    host: string;
    issuer: string;
    /** Null when the agency publishes nothing. */
    fingerprint: string | null;
    compared: boolean;
    jurisdiction: string;
    contact: string;
    terms: string;
    retention: string;
    retention_days: number | null;
    terms_digest: string | null;
  };
  file: {
    sha256: string;
    size: number;
    started_at: string;
    ended_at: string;
    audio: boolean;
    derived: boolean;
    reencoded?: boolean;
    edits: {
      start?: number | null;
      end?: number | null;
      audio?: boolean;
      redact?: Redaction[];
    };
    original_sha256?: string;
  };
  personal: Record<string, string | null>;
  note: string;
  case_reference: string;
  request_id: string | null;
  sentences: string[];
}

export type PrepareEvent =
  | { type: "progress"; stage: string; fraction: number }
  | { type: "error"; code: string }
  | {
      type: "ready";
      confirmation: string;
      expires_in: number;
      preview_url: string;
      /** The preview is a smaller copy of the file. */
      small_preview: boolean;
      notice: Notice;
    };
