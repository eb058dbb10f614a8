/** The form in which a person cuts and covers a clip, in steps. */

import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import type { Connection } from "../ha/hass.ts";
import type { Blocked } from "./share-blocked.ts";
import { emptyForm, mistakes, type Mistake, type ShareForm } from "./share-form.ts";
import { beside, firstWrong, stepOfFailure, type Step } from "./share-steps.ts";

export class ClipEditing {
  step: Step = "part";
  form: ShareForm;
  showMistakes = false;
  agencies: api.Agencies | undefined;
  /** Without it, the part can be typed. */
  strip: api.Strip | undefined;
  /** A link to the clip. */
  source: string | undefined;

  readonly steps: readonly Step[];
  protected readonly connection: Connection;
  protected readonly clip: api.Clip;
  protected readonly changed: () => void;

  constructor(
    steps: readonly Step[],
    connection: Connection,
    clip: api.Clip,
    changed: () => void,
    userName = "",
  ) {
    this.steps = steps;
    this.connection = connection;
    this.clip = clip;
    this.changed = changed;
    this.form = emptyForm(userName);
  }

  /** Load what the steps need, together with what a subclass loads. */
  async load(more?: Promise<unknown>): Promise<void> {
    // The same pages may share and send.
    const [agencies, { url }] = await Promise.all([
      shareApi.agencies(this.connection),
      api.link(this.connection, this.clip.clip_id),
      more,
    ]);
    this.agencies = agencies;
    this.source = url;
    this.changed();
  }

  async loadStrip(): Promise<void> {
    try {
      this.strip = await api.strip(this.connection, this.clip.clip_id);
      this.changed();
    } catch {
      this.strip = undefined;
    }
  }

  get isFirst(): boolean {
    return this.step === this.steps[0];
  }

  get isLast(): boolean {
    return this.step === this.steps.at(-1);
  }

  /** Why this is not possible here. */
  get blocked(): Blocked | undefined {
    const refusal = this.agencies?.refusal;
    return refusal ? { why: "elsewhere", refusal } : undefined;
  }

  get mistakes(): ReadonlySet<Mistake> {
    return mistakes(this.form, this.clip, this.agencies?.agencies ?? [], this.strip);
  }

  change(part: Partial<ShareForm>): void {
    this.form = { ...this.form, ...part };
    this.changed();
  }

  go(step: Step, showMistakes = false): void {
    this.step = step;
    this.showMistakes = showMistakes;
    this.changed();
  }

  back(): void {
    this.go(beside(this.step, -1, this.steps) ?? this.step);
  }

  /** Go to the next step, to an error, or past the last step. */
  next(): "moved" | "wrong" | "done" {
    const next = beside(this.step, 1, this.steps);
    // The last step checks all, because a part may have become too short since.
    const wrong = firstWrong(this.mistakes, next ? [this.step] : this.steps);
    if (wrong) {
      this.go(wrong, true);
      return "wrong";
    }
    if (!next) return "done";
    this.go(next);
    return "moved";
  }

  /** Go to the step in which an error can be fixed. */
  failed({ code }: api.Failure): void {
    this.go(stepOfFailure(code, this.steps));
  }
}
