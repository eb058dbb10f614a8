/** The form of the share dialog, with its recipient and its draft. */

import type * as api from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";
import { ClipEditing } from "./clip-editing.ts";
import { blocked, type Blocked } from "./share-blocked.ts";
import { DraftKeeper } from "./share-draft.ts";
import type { ShareForm } from "./share-form.ts";
import { STEPS } from "./share-steps.ts";

/** The fields of a request that fill in the form. */
export type Asked = Pick<
  api.OpenRequest,
  "agency_id" | "request_id" | "title" | "case_reference"
>;

/** The maximum length of a case reference. */
const CASE_REFERENCE = 100;

export class ShareEditing extends ClipEditing {
  /** When the loaded draft was stored. */
  draftAt: string | undefined;

  readonly #drafts: DraftKeeper;
  /** The agency of a suggestion. */
  readonly #proposed: string | null;
  readonly #asked: Asked | null;
  /** The content of an untouched form. */
  #blank: ShareForm;

  constructor(
    connection: Connection,
    clip: api.Clip,
    changed: () => void,
    userName: string,
    proposed: string | null,
    asked: Asked | null,
  ) {
    super(STEPS, connection, clip, changed, userName);
    this.#proposed = proposed;
    this.#asked = asked;
    this.#drafts = new DraftKeeper(connection, clip.clip_id);
    this.#blank = this.form;
  }

  override async load(): Promise<void> {
    const loading = this.#drafts.load();
    await super.load(loading);
    const draft = await loading;
    const agencies = this.agencies?.agencies ?? [];
    const usable = agencies.filter((one) => one.available);
    const named = (id: string | null | undefined): string | undefined =>
      usable.find((one) => one.agency_id === id)?.agency_id;
    const only = usable.length === 1 ? usable[0]?.agency_id : undefined;
    const asked = this.#asked;
    const given = asked
      ? {
          agencyId: named(asked.agency_id) ?? "",
          requestId: asked.request_id,
          caseReference: asked.case_reference?.slice(0, CASE_REFERENCE) ?? "",
        }
      : { agencyId: named(this.#proposed) ?? only ?? "" };
    const untouched = this.form === this.#blank;
    this.#blank = { ...this.#blank, ...given };
    this.#drafts.begin(this.#blank);
    if (untouched && draft) {
      this.draftAt = draft.at;
      this.form = { ...this.#blank, ...this.#fitting(draft.filled, named) };
    } else if (untouched) {
      this.form = this.#blank;
    } else {
      this.change(given);
    }
    this.changed();
  }

  /** The part of a draft that is still valid: a draft for another request is not. */
  #fitting(
    filled: Partial<ShareForm>,
    named: (id: string | undefined) => string | undefined,
  ): Partial<ShareForm> {
    const { agencyId, requestId, caseReference, ...rest } = filled;
    const asked = this.#asked;
    const chosen = named(agencyId);
    const same = !asked || asked.request_id === requestId;
    return {
      ...rest,
      ...(same && caseReference !== undefined ? { caseReference } : {}),
      ...(chosen && !asked ? { agencyId: chosen, requestId: requestId ?? "" } : {}),
    };
  }

  get agency(): api.Agency | undefined {
    return this.agencies?.agencies.find((one) => one.agency_id === this.form.agencyId);
  }

  /** With a request, only its agency. */
  get choices(): readonly api.Agency[] | undefined {
    const { agencyId, requestId } = this.form;
    const asking = requestId ? agencyId || this.#asked?.agency_id : undefined;
    const all = this.agencies?.agencies;
    return asking ? all?.filter((one) => one.agency_id === asking) : all;
  }

  /** The title of the answered request, if known. */
  get answered(): string | undefined {
    const { requestId } = this.form;
    if (!requestId) return undefined;
    const asked = this.#asked;
    return (asked?.request_id === requestId ? asked.title : null) ?? requestId;
  }

  override get blocked(): Blocked | undefined {
    return this.agencies && blocked(this.clip, this.agencies);
  }

  override change(part: Partial<ShareForm>): void {
    super.change(part);
    this.#drafts.put(this.form);
  }

  startOver(): void {
    this.form = this.#blank;
    this.draftAt = undefined;
    this.#drafts.drop();
    this.go(STEPS[0]);
  }

  /** The share was confirmed. */
  shared(): void {
    this.draftAt = undefined;
    this.#drafts.drop();
  }

  /** Save the draft; return whether there is one. */
  keep(): boolean {
    return this.#drafts.flush();
  }
}
