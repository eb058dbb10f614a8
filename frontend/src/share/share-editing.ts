/** The form of the share dialog's steps, and its draft. */

import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import type { Connection } from "../ha/hass.ts";
import { blocked, type Blocked } from "./share-blocked.ts";
import { DraftKeeper } from "./share-draft.ts";
import { emptyForm, mistakes, type Mistake, type ShareForm } from "./share-form.ts";
import { beside, firstWrong, isWrong, STEPS, type Step } from "./share-steps.ts";

/** The fields of a request that fill in the form. */
export type Asked = Pick<
  api.OpenRequest,
  "agency_id" | "request_id" | "title" | "case_reference"
>;

/** The maximum length of a case reference. */
const CASE_REFERENCE = 100;

export class ShareEditing {
  step: Step = STEPS[0];
  form: ShareForm;
  showMistakes = false;
  agencies: api.Agencies | undefined;
  /** Without it, the part can be typed. */
  strip: api.Strip | undefined;
  /** A link to the clip. */
  source: string | undefined;
  /** When the loaded draft was stored. */
  draftAt: string | undefined;

  readonly #connection: Connection;
  readonly #clip: api.Clip;
  readonly #changed: () => void;
  readonly #drafts: DraftKeeper;
  readonly #asked: Asked | null;
  /** The content of an untouched form. */
  #blank: ShareForm;

  constructor(
    connection: Connection,
    clip: api.Clip,
    userName: string,
    changed: () => void,
    asked: Asked | null = null,
  ) {
    this.#connection = connection;
    this.#clip = clip;
    this.#changed = changed;
    this.#asked = asked;
    this.#drafts = new DraftKeeper(connection, clip.clip_id);
    this.form = this.#blank = emptyForm(userName);
  }

  /** Load the choices. `proposed` is the agency of a suggestion. */
  async load(proposed: string | null): Promise<void> {
    const [agencies, link, draft] = await Promise.all([
      shareApi.agencies(this.#connection),
      api.link(this.#connection, this.#clip.clip_id),
      this.#drafts.load(),
    ]);
    this.agencies = agencies;
    this.source = link.url;
    const usable = agencies.agencies.filter((one) => one.available);
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
      : { agencyId: named(proposed) ?? only ?? "" };
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
    this.#changed();
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

  async loadStrip(): Promise<void> {
    try {
      this.strip = await api.strip(this.#connection, this.#clip.clip_id);
      this.#changed();
    } catch {
      this.strip = undefined;
    }
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

  /** Why sharing is not possible here. */
  get blocked(): Blocked | undefined {
    return this.agencies && blocked(this.#clip, this.agencies);
  }

  get mistakes(): ReadonlySet<Mistake> {
    const { form, strip } = this;
    return mistakes(form, this.#clip, this.agencies?.agencies ?? [], strip);
  }

  change(part: Partial<ShareForm>): void {
    this.form = { ...this.form, ...part };
    this.#drafts.put(this.form);
    this.#changed();
  }

  go(step: Step, showMistakes = false): void {
    this.step = step;
    this.showMistakes = showMistakes;
    this.#changed();
  }

  back(): void {
    this.go(beside(this.step, -1) ?? this.step);
  }

  /** Go to the next step, to an error, or past the last step. */
  next(): "moved" | "wrong" | "done" {
    const next = beside(this.step, 1);
    const found = this.mistakes;
    // The last step checks all, because a part may have become too short since.
    const wrong = next
      ? isWrong(this.step, found)
        ? this.step
        : undefined
      : firstWrong(found);
    if (wrong) {
      this.go(wrong, true);
      return "wrong";
    }
    if (!next) return "done";
    this.go(next);
    return "moved";
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
