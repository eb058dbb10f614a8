/** Fields of the share dialog's steps, and their shared context. */

import { html, nothing, type TemplateResult } from "lit";
import type { Agency, Clip, Strip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import type { Mistake, ShareForm } from "./share-form.ts";

export interface StepContext {
  strings: Strings;
  clip: Clip;
  /** Undefined while it is created, or if that failed. */
  strip: Strip | undefined;
  form: ShareForm;
  /** The choices: with a request, only its agency. */
  agencies: readonly Agency[] | undefined;
  /** The title of the answered request. */
  answered: string | undefined;
  /** Whether Home Assistant reported that the clip doesn't match that request. */
  doubted: boolean;
  sourceUrl: string | undefined;
  askPin: boolean;
  pinProblem: string | undefined;
  mistakes: ReadonlySet<Mistake>;
  change: (part: Partial<ShareForm>) => void;
}

/** What the steps need that cut and cover a clip. */
export type EditContext = Pick<
  StepContext,
  "strings" | "clip" | "strip" | "form" | "sourceUrl" | "mistakes" | "change"
>;

type TextField =
  "start" | "end" | "caseReference" | "note" | "name" | "contact" | "pin" | "link";

const valueOf = (event: Event): string =>
  (event.target as HTMLInputElement | HTMLTextAreaElement).value;
const checkedOf = (event: Event): boolean => (event.target as HTMLInputElement).checked;

export function textField(
  { strings, form, change }: EditContext,
  field: TextField,
  label: string,
  { type = "text", invalid = false, max = 200, autocomplete = "off" } = {},
): TemplateResult {
  return html`<label class="field">
    <span>${strings.text(label)}</span>
    <input
      name=${field}
      type=${type}
      inputmode=${field === "start" || field === "end" ? "decimal" : nothing}
      maxlength=${max}
      autocomplete=${autocomplete}
      aria-invalid=${invalid}
      .value=${form[field]}
      @input=${(event: Event) => change({ [field]: valueOf(event) })}
    />
  </label>`;
}

export function noteField({ strings, form, change }: StepContext): TemplateResult {
  return html`<label class="field">
    <span>${strings.text("share.note")}</span>
    <textarea
      name="note"
      rows="2"
      maxlength="2000"
      .value=${form.note}
      @input=${(event: Event) => change({ note: valueOf(event) })}
    ></textarea>
  </label>`;
}

export function tick(
  { strings, form, change }: EditContext,
  field: "audio" | "stillBelongs" | "declaration" | "sendName" | "sendContact",
  label: string,
  hint?: string,
): TemplateResult {
  return html`<label class="tick">
    <input
      type="checkbox"
      name=${field}
      .checked=${form[field]}
      @change=${(event: Event) => change({ [field]: checkedOf(event) })}
    />
    <span>
      ${strings.text(label)}
      ${hint ? html`<span class="muted">${strings.text(hint)}</span>` : nothing}
    </span>
  </label>`;
}

/** An error next to its field. */
export const mistake = (words: string | undefined): TemplateResult | typeof nothing =>
  words === undefined ? nothing : html`<p class="mistake" role="alert">${words}</p>`;
