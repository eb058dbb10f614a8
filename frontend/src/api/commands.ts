/** The commands about doorbells and clips, and the types of all commands. */

import type { Connection, Unsubscribe } from "../ha/hass.ts";
import { ask, hear, ofDoorbell } from "./ask.ts";
import type {
  Clip,
  ClipEvent,
  ClipPage,
  Clips,
  Commands,
  Day,
  Days,
  DeletedClip,
  Doorbell,
  Doorbells,
  Facets,
  Link,
  Lives,
  Motion,
  PreviewEvent,
  Reconnected,
  Recorded,
  Recordings,
  Seen,
  Settings,
  Still,
  StoredAreas,
  Strip,
} from "./generated.ts";

export type * from "./generated.ts";

export type ClipQuery = Commands["doorwatch/clips/list"]["request"];
export type EventFilter = NonNullable<ClipQuery["kinds"]>[number];
export type Label = NonNullable<ClipQuery["labels"]>[number];
export type PrepareRequest = Commands["doorwatch/share/prepare"]["request"];
export type CopyRequest = Commands["doorwatch/copy/prepare"]["request"];
type Edits = NonNullable<PrepareRequest["edits"]>;
export type Redaction = NonNullable<Edits["redact"]>[number];

/** An error: the code is a translation key, the message is the server's in English. */
export interface Failure {
  code: string;
  message: string;
  /** The values of the text. */
  placeholders?: Readonly<Record<string, string>>;
}

/** A problem that was found here, before a command was sent. */
export class CommandError extends Error {
  constructor(readonly code: string) {
    super();
  }
}

export function failureOf(error: unknown): Failure {
  if (typeof error === "object" && error !== null && "code" in error) {
    const { code, message, translation_key, translation_placeholders } =
      error as Record<string, unknown>;
    const key = typeof translation_key === "string" ? translation_key : code;
    return {
      // The frontend's websocket library rejects with a number when the connection is lost.
      code: typeof key === "number" ? "connection_lost" : String(key),
      message: typeof message === "string" ? message : "",
      ...(translation_placeholders
        ? { placeholders: translation_placeholders as Record<string, string> }
        : {}),
    };
  }
  if (typeof error === "number") return { code: "connection_lost", message: "" };
  return { code: "unknown", message: error instanceof Error ? error.message : "" };
}

export const doorbells = async (connection: Connection): Promise<Doorbell[]> =>
  (await ask(connection, "doorwatch/doorbells", {})).doorbells;

/** Subscribe to changes of the doorbells. */
export const subscribeDoorbells = (
  connection: Connection,
  callback: (event: Doorbells) => void,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/doorbells/subscribe", callback, {});

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

/** Subscribe to what motion detection sees in the video of a doorbell. */
export const subscribeMotion = (
  connection: Connection,
  callback: (event: Motion) => void,
  doorbellId: string,
): Promise<Unsubscribe> =>
  hear(connection, "doorwatch/motion/subscribe", callback, { doorbell_id: doorbellId });

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

/** The settings of the home, for administrators. */
export const settings = (connection: Connection): Promise<Settings> =>
  ask(connection, "doorwatch/settings", {});
