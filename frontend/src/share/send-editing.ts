/** The steps in which a person cuts and covers the copy to send. */

import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import type { Connection } from "../ha/hass.ts";
import {
  editsOf,
  emptyForm,
  mistakes,
  type Mistake,
  type ShareForm,
} from "./share-form.ts";
import { isWrong } from "./share-steps.ts";

export const SEND_STEPS = ["part", "cover"] as const;
export type SendStep = (typeof SEND_STEPS)[number];

export class SendEditing {
  step: SendStep = "part";
  form: ShareForm = emptyForm("");
  showMistakes = false;
  /** Without it, the part can be typed. */
  strip: api.Strip | undefined;
  /** A link to the clip. */
  source: string | undefined;
  /** Why nothing can be sent from this page. */
  refusal: api.Agencies["refusal"] = null;
  /** The people to ask then. */
  administrators: readonly string[] = [];
  failure: api.Failure | undefined;

  readonly #connection: Connection;
  readonly #clip: api.Clip;
  readonly #changed: () => void;

  constructor(connection: Connection, clip: api.Clip, changed: () => void) {
    this.#connection = connection;
    this.#clip = clip;
    this.#changed = changed;
  }

  async load(): Promise<void> {
    try {
      // The same pages may share and send.
      const [{ refusal, administrators }, { url }] = await Promise.all([
        shareApi.agencies(this.#connection),
        api.link(this.#connection, this.#clip.clip_id),
      ]);
      this.refusal = refusal;
      this.administrators = administrators;
      this.source = url;
    } catch (error) {
      this.failure = api.failureOf(error);
    }
    this.#changed();
  }

  async loadStrip(): Promise<void> {
    try {
      this.strip = await api.strip(this.#connection, this.#clip.clip_id);
      this.#changed();
    } catch {
      this.strip = undefined;
    }
  }

  get mistakes(): ReadonlySet<Mistake> {
    return mistakes(this.form, this.#clip, [], this.strip);
  }

  get request(): api.CopyRequest {
    return { clip_id: this.#clip.clip_id, edits: editsOf(this.form, this.#clip) };
  }

  change(part: Partial<ShareForm>): void {
    this.form = { ...this.form, ...part };
    this.#changed();
  }

  go(step: SendStep, showMistakes = false): void {
    this.step = step;
    this.showMistakes = showMistakes;
    this.failure = undefined;
    this.#changed();
  }

  /** Go to the next step, to an error, or past the last step. */
  next(): "moved" | "wrong" | "done" {
    // The last step checks both, because a part may have become too short since.
    const checked = this.step === "part" ? [this.step] : SEND_STEPS;
    const wrong = checked.find((step) => isWrong(step, this.mistakes));
    if (wrong) {
      this.go(wrong, true);
      return "wrong";
    }
    if (this.step === "cover") return "done";
    this.go("cover");
    return "moved";
  }
}
