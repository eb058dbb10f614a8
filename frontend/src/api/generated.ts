/** What the integration takes and answers. Written by scripts/generate_types.py. */

/** By their type. */
export interface Commands {
  "doorwatch/doorbells": { request: object; answer: Doorbells };
  "doorwatch/doorbells/subscribe": { request: object; answer: null; event: Doorbells };
  "doorwatch/agencies": { request: object; answer: Agencies };
  "doorwatch/areas/get": { request: { doorbell_id: string }; answer: StoredAreas };
  "doorwatch/areas/set": {
    request: {
      doorbell_id: string;
      areas: readonly (readonly (readonly [number, number])[])[];
    };
    answer: ChangedAreas;
  };
  "doorwatch/clips/deleted": {
    request: { doorbell_id?: string };
    answer: DeletedClips;
  };
  "doorwatch/clips/restore": { request: { clip_id: string }; answer: RestoredClip };
  "doorwatch/clips/list": {
    request: {
      doorbell_id?: string;
      before?: string;
      after?: string;
      kinds?: readonly ("ring" | "motion" | "manual")[];
      labels?: readonly ("person" | "vehicle" | "animal" | "package")[];
      protected?: boolean;
      shared?: boolean;
      since?: Readonly<Record<string, string>>;
      query?: string;
      limit?: number;
    };
    answer: Clips;
  };
  "doorwatch/clips/facets": { request: { doorbell_id?: string }; answer: Facets };
  "doorwatch/clips/subscribe": {
    request: { doorbell_id?: string };
    answer: null;
    event: ClipEvent;
  };
  "doorwatch/clips/protect": {
    request: { clip_id: string; protected: boolean };
    answer: null;
  };
  "doorwatch/clips/delete": { request: { clip_id: string }; answer: null };
  "doorwatch/clips/link": { request: { clip_id: string }; answer: Link };
  "doorwatch/clips/get": {
    request: { clip_id: string; doorbell_id?: string };
    answer: ClipPage;
  };
  "doorwatch/days": { request: { month: string; doorbell_id?: string }; answer: Days };
  "doorwatch/day": { request: { day: string; doorbell_id?: string }; answer: Day };
  "doorwatch/share/hand_over": { request: { share_id: string }; answer: ChangedShare };
  "doorwatch/share/address": { request: { share_id: string }; answer: ShareAddress };
  "doorwatch/live/subscribe": { request: object; answer: null; event: Lives };
  "doorwatch/reconnect": { request: { doorbell_id: string }; answer: Reconnected };
  "doorwatch/talk/go_on": { request: { doorbell_id: string }; answer: null };
  "doorwatch/motion/subscribe": {
    request: { doorbell_id: string };
    answer: null;
    event: Motion;
  };
  "doorwatch/notices": { request: object; answer: Notices };
  "doorwatch/notices/save": {
    request: {
      wishes: {
        on?: boolean;
        levels?: Readonly<
          Record<
            string,
            Partial<
              Readonly<
                Record<
                  "ring" | "person" | "package" | "vehicle" | "animal" | "motion",
                  "off" | "silent" | "on" | "urgent"
                >
              >
            >
          >
        >;
        house?: Partial<
          Readonly<Record<"trouble" | "request" | "proposal" | "delivered", boolean>>
        >;
        quiet?: readonly { days: readonly number[]; begins: string; ends: string }[];
        presence?: "always" | "not_while_i" | "not_while_anybody";
        pause?: number;
        house_at?: string;
        silent_phones?: readonly string[];
      };
    };
    answer: Notices;
  };
  "doorwatch/notices/snooze": {
    request: { doorbell_id?: string; minutes: number };
    answer: Notices;
  };
  "doorwatch/notices/test": { request: { phone_id: string }; answer: null };
  "doorwatch/notices/defaults": {
    request: {
      defaults: {
        on?: boolean;
        never?: boolean;
        levels?: Partial<
          Readonly<
            Record<
              "ring" | "person" | "package" | "vehicle" | "animal" | "motion",
              "off" | "silent" | "on" | "urgent"
            >
          >
        >;
        house?: Partial<
          Readonly<Record<"trouble" | "request" | "proposal" | "delivered", boolean>>
        >;
        buttons?: readonly { name: string; script: string }[];
      };
    };
    answer: Notices;
  };
  "doorwatch/seen": { request: object; answer: Seen };
  "doorwatch/seen/mark": {
    request: {
      seen: Readonly<Record<string, string>>;
      news?: string;
      ended_shares?: readonly string[];
    };
    answer: Seen;
  };
  "doorwatch/draft": { request: { clip_id: string }; answer: Draft };
  "doorwatch/draft/save": {
    request: {
      clip_id: string;
      draft: {
        agencyId?: string;
        start?: string;
        end?: string;
        audio?: boolean;
        covers?: readonly {
          area: readonly (readonly [number, number])[];
          always: boolean;
          start: string;
          end: string;
        }[];
        requestId?: string;
        declaration?: boolean;
        caseReference?: string;
        note?: string;
        sendName?: boolean;
        name?: string;
        sendContact?: boolean;
        contact?: string;
        at?: string;
      };
    };
    answer: null;
  };
  "doorwatch/draft/drop": { request: { clip_id: string }; answer: null };
  "doorwatch/clips/preview": {
    request: { clip_id: string };
    answer: null;
    event: PreviewEvent;
  };
  "doorwatch/proposals/subscribe": {
    request: object;
    answer: null;
    event: ProposalEvent;
  };
  "doorwatch/proposals/dismiss": { request: { proposal_id: string }; answer: null };
  "doorwatch/proposals/mine": { request: { clip_id: string }; answer: OwnProposal };
  "doorwatch/record": {
    request: { doorbell_id: string; duration: number };
    answer: Recorded;
  };
  "doorwatch/record/stop": { request: { doorbell_id: string }; answer: null };
  "doorwatch/recordings/subscribe": {
    request: object;
    answer: null;
    event: Recordings;
  };
  "doorwatch/requests/subscribe": {
    request: object;
    answer: null;
    event: RequestsState;
  };
  "doorwatch/requests/clips": {
    request: { agency_id: string; request_id: string };
    answer: Clips;
  };
  "doorwatch/requests/hide": {
    request: { agency_id: string; item_id: string; hidden: boolean };
    answer: null;
  };
  "doorwatch/requests/hide_agency": {
    request: { agency_id: string; hidden: boolean };
    answer: null;
  };
  "doorwatch/copy/prepare": {
    request: {
      clip_id: string;
      edits?: {
        start?: null | number;
        end?: null | number;
        audio?: boolean;
        redact?: readonly {
          left: number;
          top: number;
          width: number;
          height: number;
          start?: null | number;
          end?: null | number;
        }[];
      };
    };
    answer: null;
    event: CopyEvent;
  };
  "doorwatch/settings": { request: object; answer: Settings };
  "doorwatch/detect_motion": { request: { doorbell_id: string }; answer: null };
  "doorwatch/share/prepare": {
    request: {
      clip_id: string;
      agency_id: string;
      edits?: {
        start?: null | number;
        end?: null | number;
        audio?: boolean;
        redact?: readonly {
          left: number;
          top: number;
          width: number;
          height: number;
          start?: null | number;
          end?: null | number;
        }[];
      };
      note?: string;
      case_reference?: string;
      request_id?: string;
      still_belongs?: boolean;
      declaration?: boolean;
      link_origin?: string;
      language?: string;
      small_preview?: boolean;
      personal?: { name?: string; contact?: string };
      password?: string;
    };
    answer: null;
    event: PrepareEvent;
  };
  "doorwatch/shares/subscribe": { request: object; answer: null; event: ShareEvent };
  "doorwatch/share/cancel": { request: { share_id: string }; answer: ChangedShare };
  "doorwatch/share/withdraw": {
    request: { share_id: string; password?: string };
    answer: ChangedShare;
  };
  "doorwatch/share/retry": { request: { share_id: string }; answer: ChangedShare };
  "doorwatch/share/proof": { request: { share_id: string }; answer: ShareProof };
  "doorwatch/clips/strip": { request: { clip_id: string }; answer: Strip };
  "doorwatch/clips/still": { request: { clip_id: string; at: number }; answer: Still };
  "doorwatch/clips/loudness": { request: { clip_id: string }; answer: Loudness };
  "doorwatch/ledger/counts": { request: object; answer: LedgerCounts };
  "doorwatch/ledger/link": { request: object; answer: LedgerLink };
  "doorwatch/transparency": { request: object; answer: Transparency };
  "doorwatch/transparency/lines": {
    request: { agency_id?: string; before?: number; limit?: number };
    answer: TransparencyLines;
  };
  "doorwatch/transparency/forget": { request: { seq: number }; answer: Forgotten };
}

/** The doorbells that this user may see. */
export interface Doorbells {
  doorbells: Doorbell[];
}

/** A doorbell, and the permissions of this user on it. */
export interface Doorbell {
  doorbell_id: string;
  name: string;
  camera_entity_id: string | null;
  connected: boolean;
  records: boolean;
  detection: Detection;
  sleeps: boolean;
  may_share: boolean;
  may_control: boolean;
}

export type Detection = "on" | "called" | "off";

/** The agencies, for a user who may share. */
export interface Agencies {
  agencies: Agency[];
  refusal: Refusal | null;
  administrators: string[];
}

/** An agency that clips can be shared with. */
export interface Agency {
  agency_id: string;
  name: string;
  host: string;
  compared: boolean;
  available: boolean;
  problem: string | null;
  upload_page: string | null;
}

/** Why nobody can share from this page, as a code and a translated message. */
export interface Refusal {
  code: string;
  message: string;
  placeholders: Record<string, string>;
}

/** The watched areas of a doorbell. */
export interface StoredAreas {
  areas: number[][][];
  picture_motion: boolean;
}

/** The areas as stored. */
export interface ChangedAreas {
  areas: string;
  changed: boolean;
}

/** The clips in the bin. */
export interface DeletedClips {
  clips: DeletedClip[];
}

/** A clip in the bin. */
export interface DeletedClip {
  doorbell_id: string;
  event: string;
  started_at: string;
  timezone: string;
  clip_id: string;
  kinds: string[];
  labels: string[];
  thumbnail: string;
  ended_at: string;
  duration: number;
  size: number;
  protected: boolean;
  recovered: boolean;
  width: number;
  height: number;
  video_codec: string;
  audio_codec: string | null;
  plays_everywhere: boolean;
  codecs: string | null;
  has_preview: boolean;
  part: number;
  gaps: number;
  may_control: boolean;
  may_share: boolean;
  may_send: boolean;
  deleted_at: string;
  gone_in: number;
}

/** A restored clip. */
export interface RestoredClip {
  clip: Clip;
}

/** A clip; `event` is the first of its kinds: ring, motion or manual. */
export interface Clip {
  doorbell_id: string;
  event: string;
  started_at: string;
  timezone: string;
  clip_id: string;
  kinds: string[];
  labels: string[];
  thumbnail: string;
  ended_at: string;
  duration: number;
  size: number;
  protected: boolean;
  recovered: boolean;
  width: number;
  height: number;
  video_codec: string;
  audio_codec: string | null;
  plays_everywhere: boolean;
  codecs: string | null;
  has_preview: boolean;
  part: number;
  gaps: number;
  may_control: boolean;
  may_share: boolean;
  may_send: boolean;
}

/** One page of clips. */
export interface Clips {
  clips: Clip[];
  more: boolean;
}

/** The filters that match at least one clip of these doorbells. */
export interface Facets {
  kinds: string[];
  labels: string[];
  protected: boolean;
  shared: boolean;
  future: number;
  future_day: string | null;
}

export type ClipEvent = ClipCame | ClipWent;

/** A clip is new or has changed. */
export interface ClipCame {
  type: "saved" | "changed";
  clip: Clip;
}

/** A clip was removed. */
export interface ClipWent {
  type: "removed";
  clip_id: string;
}

/** All links to a clip. */
export interface Link {
  url: string;
  thumbnail: string;
  download: string;
  preview: string | null;
}

/** A clip, and the IDs of its neighbors at the same doorbells. */
export interface ClipPage {
  clip: Clip;
  older: string | null;
  newer: string | null;
}

/** The number of clips for each local day of a month that has any. */
export interface Days {
  days: Record<string, number>;
  first: string | null;
  last: string | null;
}

/** One local day: its start, its end, and its clips in ascending order. */
export interface Day {
  day: string;
  begins: string;
  ends: string;
  marks: Mark[];
}

/** A clip on a day's timeline. */
export interface Mark {
  clip_id: string;
  doorbell_id: string;
  at: number;
  duration: number;
  kinds: string[];
  labels: string[];
  protected: boolean;
}

/** A share after a command changed it. */
export interface ChangedShare {
  share: Share;
}

/** A share of one clip to one agency. */
export interface Share {
  share_id: string;
  clip_id: string;
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
  outcome:
    | "nothing"
    | "unknown"
    | "part"
    | "part_asked"
    | "part_removed"
    | "part_unconfirmed"
    | "part_downloaded"
    | null;
  has_receipt: boolean;
  receipt: "awaited" | "received" | "wrong" | "missing" | "none" | null;
  received_at: string | null;
  opened_at: string | null;
  withdrawal: "requested" | "pending" | "deleted" | "refused" | "unanswered" | null;
  withdrawal_text: string;
  withdrawn_at: string | null;
  can_withdraw: boolean;
  hand_over_until: string | null;
  downloads: number;
  file: string | null;
  can_hand_over: boolean;
  request_id: string | null;
  has_declaration: boolean;
}

/** The fields that identify a clip to a person. */
export interface ClipInWords {
  doorbell_id: string;
  event: string;
  started_at: string;
  timezone: string;
}

export type ShareState =
  | "waiting"
  | "packaging"
  | "uploading"
  | "ready"
  | "handed_over"
  | "expired"
  | "delivered"
  | "failed"
  | "needs_new_tap"
  | "cancelled"
  | "uploaded";

/** An address for one download, valid for some minutes. */
export interface ShareAddress {
  url: string;
  name: string;
}

/** All doorbells that this user may see, sent at each change. */
export interface Lives {
  doorbells: Live[];
}

/** The live state of a doorbell. */
export interface Live {
  doorbell_id: string;
  camera_entity_id: string | null;
  live_problem: LiveProblem | null;
  problems: DoorbellProblem[];
  one_connection: boolean;
  talk_entity_id: string | null;
  talk_problem: TalkProblem | null;
  talker: Talker | null;
  rang_at: string | null;
}

export type LiveProblem = "fetched" | "asleep" | "unavailable";

export type DoorbellProblem =
  Offline | NotRecording | NoEvents | NoMotion | WrongClock | NoControl;

/** The doorbell is not connected, although it should be. */
export interface Offline {
  kind: "offline";
  since: string | null;
  reason: OfflineReason | null;
  may_reconnect: boolean;
}

export type OfflineReason =
  | "unreachable"
  | "silent"
  | "refused"
  | "login"
  | "clock"
  | "stream"
  | "other_device"
  | "camera"
  | "disabled"
  | "repair";

/** No clip of any doorbell can be written. */
export interface NotRecording {
  kind: "not_recording";
  reason: RecordingProblem;
  folder: string | null;
  free: number | null;
}

export type RecordingProblem = "disk_full" | "folder_not_writable" | "library_missing";

/** The doorbell sends video, but its own events don't arrive. */
export interface NoEvents {
  kind: "no_events";
}

/** Nothing detects motion at this doorbell. */
export interface NoMotion {
  kind: "no_motion";
  rings: boolean;
}

/** The doorbell's clock is wrong. */
export interface WrongClock {
  kind: "wrong_clock";
  ahead: number;
}

/** The user may view the doorbell, but not control it. */
export interface NoControl {
  kind: "no_control";
}

export type TalkProblem =
  | "not_allowed"
  | "no_back_channel"
  | "not_rtsp"
  | "no_webrtc"
  | "no_answer"
  | "demo"
  | "unavailable"
  | "disabled";

/** The person who is talking at a doorbell. */
export interface Talker {
  name: string;
  since: string;
  session_id: string | null;
  ends_soon: boolean;
}

/** The result of an attempt to connect. */
export interface Reconnected {
  connected: boolean;
}

/** What motion detection found in one keyframe. */
export interface Motion {
  boxes: number[][];
  changed: number;
  threshold: number;
}

/** The notification settings and the phones of a person. */
export interface Notices {
  wishes: Wishes;
  defaults: Defaults;
  usual: Record<string, string>;
  phones: NoticePhone[];
  snoozed: Record<string, string>;
  has_person: boolean;
  may_set_defaults: boolean;
}

/** One person's preferences; what is missing follows the household. */
export interface Wishes {
  on?: boolean;
  levels?: Record<string, Record<string, string>>;
  house?: Record<string, boolean>;
  quiet?: QuietHours[];
  presence?: Presence;
  pause?: number;
  house_at?: string;
  silent_phones?: string[];
}

/** Quiet hours between two local times, on the days (0 is Monday) when they begin. */
export interface QuietHours {
  days: number[];
  begins: string;
  ends: string;
}

export type Presence = "always" | "not_while_i" | "not_while_anybody";

/** The household's defaults for people without preferences. */
export interface Defaults {
  on?: boolean;
  never?: boolean;
  levels?: Record<string, string>;
  house?: Record<string, boolean>;
  buttons?: Button[];
}

/** A custom button of the household on each notice of a door. */
export interface Button {
  name: string;
  script: string;
}

/** A phone of the person. */
export interface NoticePhone {
  phone_id: string;
  name: string;
  problem: string | null;
  failed_at: string | null;
}

/** What this person has seen.

`seen` is the time up to which they have seen each doorbell's clips. `news` is the
last version whose news they were shown, None for a new person. `ended_shares` are
those they have not read yet.
 */
export interface Seen {
  seen: Record<string, string>;
  news: string | null;
  ended_shares: EndedShare[];
}

/** A share of this person that somebody else stopped or withdrew. */
export interface EndedShare {
  share_id: string;
  by: string;
  what: "stopped" | "withdrawn";
  at: string;
}

/** A person's unfinished share of a clip; it never contains a PIN or an upload link. */
export interface Draft {
  draft: Record<string, unknown> | null;
}

export type PreviewEvent = PreviewProgress | PreviewReady | PreviewFailed;

/** The progress of a preview, from 0 to 1. */
export interface PreviewProgress {
  type: "progress";
  fraction: number;
}

/** The preview is ready. */
export interface PreviewReady {
  type: "ready";
  url: string;
}

/** The preview failed. */
export interface PreviewFailed {
  type: "failed";
  code: string;
  message: string;
}

export type ProposalEvent = AllProposals | ProposalChanged | ProposalWent;

/** The proposals that this user may turn into a share. */
export interface AllProposals {
  type: "all";
  proposals: Proposal[];
}

/** A proposal to share a clip. */
export interface Proposal {
  proposal_id: string;
  clip_id: string;
  doorbell_id: string;
  agency_id: string | null;
  request_id: string | null;
  at: string;
  by: string;
  user: string | null;
}

/** A proposal is new. */
export interface ProposalChanged {
  type: "changed";
  proposal: Proposal;
}

/** A proposal ended. */
export interface ProposalWent {
  type: "removed";
  proposal_id: string;
}

/** The user's last proposal of a clip, until a week after its end. */
export interface OwnProposal {
  proposed: Proposed | null;
}

/** The state of a proposal. */
export interface Proposed {
  at: string;
  became: "open" | "shared" | "dismissed" | "over";
}

/** The result of starting a recording. */
export interface Recorded {
  extends: string[] | null;
}

/** The recordings in progress at doorbells that this user may see. */
export interface Recordings {
  recordings: Recording[];
}

/** A clip that is being recorded. */
export interface Recording {
  doorbell_id: string;
  since: string;
  kinds: string[];
  by_hand_until: string | null;
}

/** The requests and bulletins that this user may see. */
export interface RequestsState {
  requests: OpenRequest[];
  bulletins: Bulletin[];
  feeds: FeedState[];
  doors: Door[];
  elsewhere: number;
  radius: number;
}

/** A request of an agency; the agency wrote all its texts. */
export interface OpenRequest {
  agency_id: string;
  agency: string;
  request_id: string;
  version: number;
  title: string | null;
  text: string | null;
  case_reference: string | null;
  offence: string | null;
  contact: string | null;
  investigation_code: string | null;
  terms: string | null;
  begins: string | null;
  ends: string | null;
  until: string | null;
  labels: string[];
  area: Area;
  lacks: string[];
  state: ItemState;
  doorbells: string[];
  clips: number;
  answers: RequestAnswer[];
  hidden: boolean;
}

export type Area = number[][][][];

export type ItemState = "open" | "closed" | "over";

/** A share that answers a request. */
export interface RequestAnswer {
  share_id: string;
  clip_id: string;
  state: ShareState;
}

/** A public notice of an agency or a group, with an area. */
export interface Bulletin {
  agency_id: string;
  agency: string;
  group: boolean;
  bulletin_id: string;
  version: number;
  title: string | null;
  text: string | null;
  contact: string | null;
  until: string | null;
  area: Area;
  state: ItemState;
  doorbells: string[];
  hidden: boolean;
}

/** The last fetch of an agency's feed. */
export interface FeedState {
  agency_id: string;
  agency: string;
  group: boolean;
  hidden: boolean;
  problem: string | null;
  fetched_at: string | null;
  expires_at: string | null;
}

/** The position of a doorbell, for a sketch that the browser draws. */
export interface Door {
  doorbell_id: string;
  name: string;
  longitude: number;
  latitude: number;
}

export type CopyEvent = EncodeProgress | PrepareFailed | CopyReady;

/** Progress from 0 to 1, and the current stage, which may be waiting. */
export interface EncodeProgress {
  type: "progress";
  stage: string;
  fraction: number;
}

/** The preparation failed. */
export interface PrepareFailed {
  type: "error";
  code: string;
  message: string;
}

/** The copy can be watched, sent and downloaded. */
export interface CopyReady {
  type: "ready";
  url: string;
  download: string;
  name: string;
  size: number;
  sha256: string;
  audio: boolean;
  expires_in: number;
}

/** The settings that administrators can change, with the entries that hold them. */
export interface Settings {
  household: HouseholdSettings | null;
  storage: Storage;
  doorbells: SettingsOfDoorbell[];
  agencies: SettingsOfAgency[];
  version: string;
}

/** The rules of the household. */
export interface HouseholdSettings {
  entry_id: string;
  folder: string;
  days: number | null;
  gigabytes: number | null;
  kept: Kept[];
  motion_first: boolean;
  sharers: Sharer[];
  senders: Sharer[];
  has_pin: boolean;
  cancel_window: number;
  in_sidebar: boolean;
}

/** The retention of clips by what they show. */
export interface Kept {
  what: string;
  days: number | null;
}

/** A person who may share or send clips. */
export interface Sharer {
  user_id: string;
  name: string;
}

/** The storage that the clips use. */
export interface Storage {
  clips: number;
  bytes: number;
  free: number | null;
}

/** A doorbell among the settings. */
export interface SettingsOfDoorbell {
  doorbell_id: string;
  name: string;
  source: string;
  device_id: string | null;
  picture_motion: boolean;
  motion: boolean;
  kept: Kept[];
}

/** An agency or a group among the settings. */
export interface SettingsOfAgency {
  agency_id: string;
  name: string;
  group: boolean;
  host: string;
  has_fingerprint: boolean;
  compared: boolean;
  problem: string | null;
}

export type PrepareEvent = EncodeProgress | PrepareFailed | PrepareReady;

/** What the person has to look at, and the confirmation that the tap redeems. */
export interface PrepareReady {
  type: "ready";
  confirmation: string;
  expires_in: number;
  preview_url: string;
  small_preview: boolean;
  notice: Notice;
  declaration: string | null;
}

/** Everything that a person must see before the tap. */
export interface Notice {
  agency: AgencyInNotice;
  file: FileInNotice;
  labels: Record<string, string>;
  personal: Record<string, string>;
  note: string;
  case_reference: string;
  request: RequestInNotice | null;
  declaration_sha256: string | null;
  sentences: string[];
  language: string;
}

/** The agency that would get the clip. */
export interface AgencyInNotice {
  issuer: string;
  fingerprint: string | null;
  compared: boolean;
  terms: string;
  retention: string;
  retention_days: number | null;
  terms_digest: string | null;
  name: string;
  host: string;
  jurisdiction: string;
  contact: string;
}

/** The exact file to send. */
export interface FileInNotice {
  sha256: string;
  size: number;
  started_at: string;
  ended_at: string;
  audio: boolean;
  derived: boolean;
  reencoded: boolean;
  edits: EditsAsShown;
  original_sha256: string;
}

/** The edits that the person chose. */
export interface EditsAsShown {
  start: number | null;
  end: number | null;
  audio: boolean;
  redact: RedactionAsShown[];
}

/** A rectangle to redact, in fractions of the frame. */
export interface RedactionAsShown {
  left: number;
  top: number;
  width: number;
  height: number;
  start: number | null;
  end: number | null;
}

/** The text of a request as shown to a person. */
export interface RequestInNotice {
  request_id: string;
  version: number;
  title: string | null;
  text: string | null;
  case_reference: string | null;
  offence: string | null;
  investigation_code: string | null;
  contact: string | null;
  terms: string | null;
  begins: string | null;
  ends: string | null;
  until: string | null;
}

export type ShareEvent = AllShares | ShareChanged;

/** All shares that this user may see. */
export interface AllShares {
  type: "all";
  shares: Share[];
}

/** A share is new or has changed. */
export interface ShareChanged {
  type: "changed";
  share: Share;
}

/** Proof of a share for its owner: the home's key fingerprint and links to documents. */
export interface ShareProof {
  fingerprint: string | null;
  receipt: string | null;
  delivery_receipt: string | null;
  declaration: string | null;
  request: RequestInNotice | null;
}

/** Pictures spread over a clip. */
export interface Strip {
  length: number;
  keyframes: number[];
  stills: Still[];
}

/** A picture of a clip, and its time in seconds from the first picture. */
export interface Still {
  at: number;
  picture: string;
}

/** The loudness of equal parts of a clip, 0 to 1; empty without audio. */
export interface Loudness {
  levels: number[];
}

/** The number of ledger lines of each kind. */
export interface LedgerCounts {
  counts: Record<string, number>;
  head: LedgerHead;
}

/** The last line of the ledger. */
export interface LedgerHead {
  seq: number;
  digest: string;
}

/** A link to the whole ledger. */
export interface LedgerLink {
  url: string;
}

/** Counts of what was shared with each agency. */
export interface Transparency {
  check: LedgerCheck;
  agencies: AgencyCounts[];
  requests: RequestCounts | null;
  refused: number;
  prepared_to_send: number;
}

/** Whether the ledger proves that nothing left without a tap. */
export interface LedgerCheck {
  changed_at: number | null;
  untapped_at: number | null;
}

/** The number of ledger lines of each kind about one agency. */
export interface AgencyCounts {
  agency_id: string;
  name: string | null;
  group: boolean;
  counts: Record<string, number>;
  newest: number;
}

/** Counts of agencies' requests; they stay in the home. */
export interface RequestCounts {
  seen: number;
  hidden: number;
  answered: number;
}

/** Lines of the ledger, newest first. */
export interface TransparencyLines {
  lines: TransparencyLine[];
}

/** One line of the ledger. */
export interface TransparencyLine {
  seq: number;
  at: string;
  kind: string;
  data: Record<string, unknown>;
  personal: Record<string, string>;
  had_personal: boolean;
}

/** Whether there were personal details to delete. */
export interface Forgotten {
  deleted: boolean;
}
