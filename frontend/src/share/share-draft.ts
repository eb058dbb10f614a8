/**
 * What a person had filled in, kept at home until they share or start over.
 *
 * Never the PIN and never the upload link: `KEPT` names what goes in, so that nothing goes in
 * by being new.
 */

import * as api from "../api/commands.ts";
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
  /** When it was kept. */
  at: string;
}

export const filledOf = (form: ShareForm): Filled =>
  Object.fromEntries(KEPT.map((field) => [field, form[field]])) as unknown as Filled;

/** What was stored, as far as it is what a form can hold. */
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

/** Not at each key that is pressed. */
const PAUSE = 800;

/** Keeps the draft of one clip while its form is filled in. */
export class DraftKeeper {
  readonly #connection: Connection;
  readonly #clipId: string;
  /** What a form holds in which nobody filled in anything. */
  #blank: string | undefined;
  /** What lies at home now; nothing when no draft does. */
  #kept: string | undefined;
  #wanted: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, clipId: string) {
    this.#connection = connection;
    this.#clipId = clipId;
  }

  /** Without a draft, and where none can be had, sharing goes on all the same. */
  async load(): Promise<Draft | undefined> {
    try {
      const { draft } = await api.draft(this.#connection, this.#clipId);
      const read = draft ? readDraft(draft) : undefined;
      if (draft) this.#kept = JSON.stringify(read?.filled);
      return read;
    } catch {
      return undefined;
    }
  }

  /** Nothing is kept before it is known what an untouched form looks like. */
  begin(blank: ShareForm): void {
    this.#blank = JSON.stringify(filledOf(blank));
  }

  /** Keep this, soon. */
  put(form: ShareForm): void {
    if (this.#blank === undefined) return;
    const filled = JSON.stringify(filledOf(form));
    this.#wanted = filled === this.#blank ? undefined : filled;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE);
  }

  /** Keep it now; whether a draft lies at home then. */
  flush(): boolean {
    const waited = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (waited && this.#wanted !== this.#kept) {
      const wanted = this.#wanted;
      this.#kept = wanted;
      const done =
        wanted === undefined
          ? api.dropDraft(this.#connection, this.#clipId)
          : api.saveDraft(this.#connection, this.#clipId, {
              ...(JSON.parse(wanted) as Filled),
              at: new Date().toISOString(),
            });
      // What could not be kept is tried again with the next change.
      done.catch(() => (this.#kept = undefined));
    }
    return this.#kept !== undefined;
  }

  /** It was shared, or is begun anew. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = undefined;
    if (this.#kept === undefined) return;
    this.#kept = undefined;
    api.dropDraft(this.#connection, this.#clipId).catch(() => undefined);
  }
}
