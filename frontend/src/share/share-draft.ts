/**
 * The form's content, stored in the home until the person shares or starts over.
 *
 * Never the PIN or the upload link: `KEPT` lists the stored fields, so new fields are not stored
 * by default.
 */

import * as shareApi from "../api/sharing.ts";
import { AREA_CORNERS, MOST_COVERS, type Cover } from "./covers.ts";
import type { Connection } from "../ha/hass.ts";
import type { ShareForm } from "./share-form.ts";

const TEXTS = [
  "agencyId",
  "start",
  "end",
  "requestId",
  "caseReference",
  "note",
  "name",
  "contact",
] as const;
const TICKS = ["audio", "declaration", "sendName", "sendContact"] as const;
const KEPT = [...TEXTS, ...TICKS, "covers"] as const;

export type Filled = Pick<ShareForm, (typeof KEPT)[number]>;

export interface Draft {
  filled: Partial<Filled>;
  /** When it was stored. */
  at: string;
}

export const filledOf = (form: ShareForm): Filled =>
  Object.fromEntries(KEPT.map((field) => [field, form[field]])) as unknown as Filled;

/** Read a stored draft; undefined if it is not valid. */
export function readDraft(stored: Record<string, unknown>): Draft | undefined {
  const { at } = stored;
  if (typeof at !== "string" || Number.isNaN(Date.parse(at))) return undefined;
  const fits = (field: string): boolean => {
    const value = stored[field];
    if (field === "covers") return isCovers(value);
    return (
      typeof value === (TICKS.some((tick) => tick === field) ? "boolean" : "string")
    );
  };
  const known = KEPT.filter(fits).map((field) => [field, stored[field]]);
  return { at, filled: Object.fromEntries(known) as Partial<Filled> };
}

const isCovers = (value: unknown): value is Cover[] =>
  Array.isArray(value) && value.length <= MOST_COVERS && value.every(isCover);

function isCover(value: unknown): value is Cover {
  if (typeof value !== "object" || value === null) return false;
  const { area, always, start, end } = value as Record<string, unknown>;
  return (
    typeof always === "boolean" &&
    typeof start === "string" &&
    typeof end === "string" &&
    Array.isArray(area) &&
    area.length === AREA_CORNERS &&
    area.every(isCorner)
  );
}

const isCorner = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((part) => typeof part === "number" && part >= 0 && part <= 100);

/** Milliseconds, to avoid saving at each key press. */
const PAUSE = 800;

/** Stores the draft of one clip while its form is edited. */
export class DraftKeeper {
  readonly #connection: Connection;
  readonly #clipId: string;
  /** The content of an untouched form. */
  #blank: string | undefined;
  /** The stored content; undefined if there is no draft. */
  #kept: string | undefined;
  #wanted: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, clipId: string) {
    this.#connection = connection;
    this.#clipId = clipId;
  }

  /** Load the draft; sharing also works without one. */
  async load(): Promise<Draft | undefined> {
    try {
      const { draft } = await shareApi.draft(this.#connection, this.#clipId);
      const read = draft ? readDraft(draft) : undefined;
      if (draft) this.#kept = JSON.stringify(read?.filled);
      return read;
    } catch {
      return undefined;
    }
  }

  /** Set the untouched form, which is needed to store changes. */
  begin(blank: ShareForm): void {
    this.#blank = JSON.stringify(filledOf(blank));
  }

  /** Save soon. */
  put(form: ShareForm): void {
    if (this.#blank === undefined) return;
    const filled = JSON.stringify(filledOf(form));
    this.#wanted = filled === this.#blank ? undefined : filled;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE);
  }

  /** Save now; return whether there is a draft. */
  flush(): boolean {
    const waited = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (waited && this.#wanted !== this.#kept) {
      const wanted = this.#wanted;
      this.#kept = wanted;
      const done =
        wanted === undefined
          ? shareApi.dropDraft(this.#connection, this.#clipId)
          : shareApi.saveDraft(this.#connection, this.#clipId, {
              ...(JSON.parse(wanted) as Filled),
              at: new Date().toISOString(),
            });
      // Retry a failed save with the next change.
      done.catch(() => (this.#kept = undefined));
    }
    return this.#kept !== undefined;
  }

  /** Delete the draft after sharing or starting over. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = undefined;
    if (this.#kept === undefined) return;
    this.#kept = undefined;
    shareApi.dropDraft(this.#connection, this.#clipId).catch(() => undefined);
  }
}
