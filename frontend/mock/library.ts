/** The clips of the mock home, and the commands about them. */

import type {
  Clip,
  ClipPage,
  Clips,
  Day,
  Days,
  DeletedClip,
  Facets,
} from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";
import { dayKey } from "../src/i18n/format.ts";
import { doorsIn } from "./doors.ts";

/** Labels that cameras reported for some of the clips. */
const LABELS: Record<number, string[]> = {
  1: ["person"],
  2: ["package", "person"],
  3: ["animal"],
  5: ["vehicle"],
};
const LABEL_ORDER = ["person", "vehicle", "animal", "package"];
const ZONE = "Europe/Berlin";
const DOORBELL = "doorbell-1";
export const NOW = Date.now();

export function picture(index: number): string {
  const hue = (200 + index * 37) % 360;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180">
    <rect width="320" height="180" fill="hsl(${hue} 35% 55%)"/>
    <rect y="120" width="320" height="60" fill="hsl(${hue} 20% 35%)"/>
    <circle cx="${90 + index * 20}" cy="82" r="14" fill="#333"/>
    <rect x="${78 + index * 20}" y="96" width="24" height="52" rx="8" fill="#444"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export function clip(index: number, change: Partial<Clip> = {}): Clip {
  const start = NOW - index * 7_800_000 - 240_000;
  return {
    clip_id: `clip-${index}`,
    doorbell_id: index % 3 === 2 ? "doorbell-2" : DOORBELL,
    event: index % 2 === 0 ? "ring" : "motion",
    kinds: [index % 2 === 0 ? "ring" : "motion"],
    labels: LABELS[index] ?? [],
    started_at: new Date(start).toISOString(),
    ended_at: new Date(start + 25_000).toISOString(),
    duration: 25 + index * 7,
    timezone: ZONE,
    size: 9_400_000,
    protected: index === 1,
    recovered: index === 3,
    width: 1920,
    height: 1080,
    video_codec: "h264",
    audio_codec: index === 4 ? null : "aac",
    plays_everywhere: true,
    codecs: null,
    has_preview: false,
    part: index === 5 ? 2 : 1,
    gaps: index === 3 ? 1 : 0,
    thumbnail: picture(index),
    may_control: true,
    may_share: true,
    may_send: true,
    ...change,
  };
}

const HEVC: Partial<Clip> = {
  video_codec: "hevc",
  plays_everywhere: false,
  codecs: "hvc1.1.6.L120.90, mp4a.40.2",
};

/** The clips of a state. */
function clipsIn(state: string): Clip[] {
  if (["empty", "no-doorbell"].includes(state)) return [];
  // Two years at a busy door.
  if (state === "many") return Array.from({ length: 5_000 }, (_, index) => clip(index));
  const doors = doorsIn(state);
  return [0, 1, 2, 3, 4, 5, 6, 20, 21].map((index) =>
    clip(index, {
      ...(doors === 2 ? {} : { doorbell_id: `doorbell-${1 + (index % doors)}` }),
      ...(state === "hevc" && index === 0 ? HEVC : {}),
      ...(state === "guest"
        ? { may_control: false, may_share: false, may_send: false }
        : {}),
      ...(index === 6 ? { event: "manual", kinds: ["manual"] } : {}),
    }),
  );
}

const isShared = ({ clip_id }: Clip): boolean => clip_id === "clip-0";

export class MockLibrary {
  clips: Clip[];
  deleted: DeletedClip[];
  readonly #most: number;
  readonly #future: Pick<Facets, "future" | "future_day">;

  constructor(state: string) {
    this.clips = clipsIn(state);
    // Clips recorded while the home's clock was ahead.
    this.#future =
      state === "ahead"
        ? { future: 2, future_day: "2999-12-31" }
        : { future: 0, future_day: null };
    this.#most = state === "many" ? 200 : 7;
    this.deleted =
      state === "empty"
        ? []
        : [30, 31].map((index) => ({
            ...clip(index),
            deleted_at: new Date(NOW - index * 600_000).toISOString(),
            gone_in: index === 30 ? 68_400 : 1_700,
          }));
  }

  /** Answer a command about clips; undefined for other commands. */
  answer(message: Message): unknown {
    switch (message.type) {
      case "doorwatch/clips/list":
        return this.#list(message);
      case "doorwatch/clips/facets":
        return this.#facets(message);
      case "doorwatch/clips/get":
        return this.#page(message);
      case "doorwatch/clips/protect":
        this.#find(message).protected = message["protected"] as boolean;
        return null;
      case "doorwatch/clips/deleted":
        return { clips: this.deleted };
      case "doorwatch/clips/delete": {
        const found = this.#find(message);
        this.clips = this.clips.filter((one) => one !== found);
        const deleted_at = new Date().toISOString();
        this.deleted.unshift({ ...found, deleted_at, gone_in: 86_399 });
        return null;
      }
      case "doorwatch/clips/restore": {
        const found = this.deleted.find((one) => one.clip_id === message["clip_id"]);
        if (!found) throw { code: "clip_unknown", message: "" };
        this.deleted = this.deleted.filter((one) => one !== found);
        this.clips = [...this.clips, found].sort((a, b) =>
          b.started_at.localeCompare(a.started_at),
        );
        return { clip: found };
      }
      case "doorwatch/days":
        return this.#days(message);
      case "doorwatch/day":
        return this.#day(message);
      default:
        return undefined;
    }
  }

  #find(message: Message): Clip {
    const found = this.clips.find((one) => one.clip_id === message["clip_id"]);
    if (!found) throw { code: "clip_unknown", message: "" };
    return found;
  }

  #of(message: Message): Clip[] {
    const id = message["doorbell_id"];
    return this.clips.filter((one) => id === undefined || one.doorbell_id === id);
  }

  #list(message: Message): Clips {
    const { before, after, kinds, labels, since, query, limit } = message as Message & {
      before?: string;
      after?: string;
      kinds?: string[];
      labels?: string[];
      since?: Record<string, string>;
      query?: string;
      limit?: number;
    };
    const fits = this.#of(message).filter(
      (one) =>
        (!before || one.started_at < before) &&
        (!after || one.started_at > after) &&
        (kinds?.some((kind) => one.kinds.includes(kind)) ?? true) &&
        (labels?.some((label) => one.labels.includes(label)) ?? true) &&
        (message["protected"] === undefined ||
          one.protected === message["protected"]) &&
        (message["shared"] !== true || isShared(one)) &&
        one.started_at > (since?.[one.doorbell_id] ?? "") &&
        (!query || JSON.stringify(one).toLowerCase().includes(query.toLowerCase())),
    );
    const most = Math.min(limit ?? 12, this.#most);
    const clips = after && !before ? fits.slice(-most) : fits.slice(0, most);
    return { clips, more: fits.length > most };
  }

  #facets(message: Message): Facets {
    const clips = this.#of(message);
    const borne = new Set(clips.flatMap((one) => one.kinds));
    return {
      kinds: ["ring", "motion", "manual"].filter((kind) => borne.has(kind)),
      labels: LABEL_ORDER.filter((label) =>
        clips.some((one) => one.labels.includes(label)),
      ),
      protected: clips.some((one) => one.protected),
      shared: clips.some(isShared),
      ...this.#future,
    };
  }

  #page(message: Message): ClipPage {
    const clip = this.#find(message);
    const beside = this.#of(message);
    const at = beside.indexOf(clip);
    return {
      clip,
      older: beside[at + 1]?.clip_id ?? null,
      newer: beside[at - 1]?.clip_id ?? null,
    };
  }

  #days(message: Message): Days {
    const days: Record<string, number> = {};
    const all = this.#of(message).map((one) => dayKey(one.started_at, ZONE));
    for (const day of all) {
      if (day.startsWith(String(message["month"]))) days[day] = (days[day] ?? 0) + 1;
    }
    return { days, first: all.at(-1) ?? null, last: all[0] ?? null };
  }

  #day(message: Message): Day {
    const day = String(message["day"]);
    // The mock home has no daylight saving time: its days begin at 23:00 UTC and have 24 hours.
    const begins = Date.parse(`${day}T00:00:00+01:00`);
    const marks = this.#of(message)
      .filter((one) => dayKey(one.started_at, "Etc/GMT-1") === day)
      .map((one) => ({
        clip_id: one.clip_id,
        doorbell_id: one.doorbell_id,
        at: (Date.parse(one.started_at) - begins) / 1000,
        duration: one.duration,
        kinds: one.kinds,
        labels: one.labels,
        protected: one.protected,
      }));
    return {
      day,
      begins: new Date(begins).toISOString(),
      ends: new Date(begins + 86_400_000).toISOString(),
      marks: marks.reverse(),
    };
  }
}
