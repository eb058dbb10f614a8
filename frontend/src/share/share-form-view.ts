/** The fields of the first step. */

import { html, nothing, type TemplateResult } from "lit";
import type { Agency, Clip, Strip } from "../api/commands.ts";
import "./cover-editor.ts";
import type { Cover } from "./covers.ts";
import "./filmstrip.ts";
import { duration } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { chosen, type Mistake, type ShareForm } from "./share-form.ts";

interface ShareFormContext {
  strings: Strings;
  clip: Clip;
  /** None while it is made, or where it cannot be. */
  strip: Strip | undefined;
  form: ShareForm;
  agencies: readonly Agency[] | undefined;
  sourceUrl: string | undefined;
  askPin: boolean;
  pinProblem: string | undefined;
  mistakes: ReadonlySet<Mistake>;
  change: (part: Partial<ShareForm>) => void;
}

type TextField =
  "start" | "end" | "caseReference" | "note" | "name" | "contact" | "pin" | "link";

const valueOf = (event: Event): string =>
  (event.target as HTMLInputElement | HTMLTextAreaElement).value;
const checkedOf = (event: Event): boolean => (event.target as HTMLInputElement).checked;

function agencyFields(context: ShareFormContext): TemplateResult {
  const { strings, agencies, form, change } = context;
  const wrong = context.mistakes.has("agency");
  if (!agencies)
    return html`<p role="status">${strings.text("share.agencies_loading")}</p>`;
  if (agencies.length === 0) return html`<p>${strings.text("share.no_agency")}</p>`;
  return html`<fieldset class=${wrong ? "invalid" : ""}>
    <legend>${strings.text("share.agency")}</legend>
    ${agencies.map(
      (agency) =>
        html`<label class="choice ${agency.available ? "" : "off"}">
          <input
            type="radio"
            name="agency"
            .checked=${form.agencyId === agency.agency_id}
            ?disabled=${!agency.available}
            @change=${() => change({ agencyId: agency.agency_id })}
          />
          <span>
            <span class="host">${agency.host}</span><br />
            ${agency.name}
            <span class="muted">
              ${strings.text(
                agency.upload_page
                  ? "share.by_hand"
                  : agency.compared
                    ? "share.compared"
                    : "share.not_compared",
              )}
              ${agency.available ? nothing : html`· ${strings.text("share.unavailable")}`}
            </span>
          </span>
        </label>`,
    )}
  </fieldset>`;
}

function linkField(context: ShareFormContext): TemplateResult | typeof nothing {
  const { strings, agencies, form } = context;
  const page = agencies?.find((one) => one.agency_id === form.agencyId)?.upload_page;
  if (!page) return nothing;
  const invalid = context.mistakes.has("link");
  return html`<fieldset>
    ${textField(context, "link", strings.text("share.link"), {
      type: "url",
      invalid,
      max: 8000,
    })}
    <p class="muted">${strings.text("share.link_hint")}</p>
    ${
      invalid
        ? html`<p class="mistake" role="alert">
            ${strings.text("share.bad_link", { page })}
          </p>`
        : nothing
    }
  </fieldset>`;
}

function textField(
  { form, change }: ShareFormContext,
  field: TextField,
  label: string,
  { type = "text", invalid = false, max = 200, autocomplete = "off" } = {},
): TemplateResult {
  return html`<label class="field">
    <span>${label}</span>
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

function partFields(context: ShareFormContext): TemplateResult {
  const { strings, clip, change, sourceUrl } = context;
  const wrong = context.mistakes.has("range");
  const here = (field: "start" | "end") => (event: Event) => {
    const fields = (event.currentTarget as HTMLElement).closest("fieldset");
    const now = fields?.querySelector("video")?.currentTime ?? 0;
    change({ [field]: String(Math.round(now * 10) / 10) });
  };
  return html`<fieldset>
    <legend>${strings.text("share.part")}</legend>
    <p class="muted">${strings.text("share.part_hint")}</p>
    ${
      sourceUrl === undefined
        ? nothing
        : html`<video
            controls
            playsinline
            preload="metadata"
            src=${sourceUrl}
            aria-label=${strings.text("share.whole")}
          ></video>`
    }
    ${filmstrip(context)}
    <div class="range">
      <div>
        ${textField(context, "start", strings.text("share.start"), { invalid: wrong })}
        <button type="button" @click=${here("start")}>
          ${strings.text("share.start_here")}
        </button>
      </div>
      <div>
        ${textField(context, "end", strings.text("share.end"), { invalid: wrong })}
        <button type="button" @click=${here("end")}>
          ${strings.text("share.end_here")}
        </button>
      </div>
    </div>
    ${
      wrong
        ? html`<p class="mistake" role="alert">
            ${strings.text("share.bad_range", { duration: duration(clip.duration) })}
          </p>`
        : nothing
    }
    ${
      clip.audio_codec === null
        ? html`<p class="muted">${strings.text("share.no_audio")}</p>`
        : tick(context, "audio", "share.audio", "share.audio_hint")
    }
  </fieldset>`;
}

function filmstrip({
  strip,
  form,
  change,
}: ShareFormContext): TemplateResult | typeof nothing {
  if (!strip) return nothing;
  const cut = chosen(form, strip.length);
  return html`<doorwatch-filmstrip
    .strip=${strip}
    .start=${cut.start}
    .end=${cut.end}
    .exact=${form.covers.length > 0}
    @cut-changed=${({ detail }: CustomEvent<{ start?: number; end?: number }>) => {
      const { start, end } = detail;
      // At the edges nothing is cut, and nothing is written.
      if (start !== undefined) change({ start: start > 0 ? String(start) : "" });
      if (end !== undefined) change({ end: end < strip.length ? String(end) : "" });
    }}
  ></doorwatch-filmstrip>`;
}

function coverFields(context: ShareFormContext): TemplateResult {
  const { strings, clip, form, change } = context;
  return html`<fieldset class=${context.mistakes.has("covers") ? "invalid" : ""}>
    <legend>${strings.text("covers.title")}</legend>
    <doorwatch-cover-editor
      .clip=${clip}
      .covers=${form.covers}
      .start=${chosen(form, clip.duration).start}
      @covers-changed=${({ detail }: CustomEvent<Cover[]>) => change({ covers: detail })}
    ></doorwatch-cover-editor>
    ${
      context.mistakes.has("covers")
        ? html`<p class="mistake" role="alert">${strings.text("covers.mistake")}</p>`
        : nothing
    }
  </fieldset>`;
}

function tick(
  { strings, form, change }: ShareFormContext,
  field: "audio" | "sendName" | "sendContact",
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

function personalFields(context: ShareFormContext): TemplateResult {
  const { strings, form } = context;
  const detail = (field: "name" | "contact", autocomplete: string): TemplateResult => {
    const invalid = context.mistakes.has(field);
    return html`<div class="indent">
      ${textField(context, field, strings.text(`share.${field}`), {
        invalid,
        autocomplete,
      })}
      ${
        invalid
          ? html`<p class="mistake" role="alert">
              ${strings.text("share.empty_detail")}
            </p>`
          : nothing
      }
    </div>`;
  };
  return html`<fieldset>
    <legend>${strings.text("share.personal")}</legend>
    <p class="muted">${strings.text("share.personal_hint")}</p>
    ${tick(context, "sendName", "share.name_tick")}
    ${form.sendName ? detail("name", "name") : nothing}
    ${tick(context, "sendContact", "share.contact_tick")}
    ${form.sendContact ? detail("contact", "email") : nothing}
  </fieldset>`;
}

function along({ strings, form }: ShareFormContext): TemplateResult {
  const lines = (
    [
      ["personal_name", form.sendName ? form.name : ""],
      ["personal_contact", form.sendContact ? form.contact : ""],
      ["personal_case", form.caseReference],
      ["personal_note", form.note],
    ] as const
  ).filter(([, value]) => value.trim() !== "");
  return html`<div class="along">
    <h3>${strings.text("share.goes_along")}</h3>
    ${
      lines.length === 0
        ? html`<p>${strings.text("share.goes_along_nothing")}</p>`
        : html`<ul>
            ${lines.map(
              ([key, value]) =>
                html`<li class="text">
                  ${strings.text(`share.${key}`, { value: value.trim() })}
                </li>`,
            )}
          </ul>`
    }
  </div>`;
}

/** All of them; a change goes back through `change`. */
export function renderShareForm(context: ShareFormContext): TemplateResult {
  const { strings, form, change } = context;
  return html`${agencyFields(context)} ${linkField(context)} ${partFields(context)}
    ${coverFields(context)} ${personalFields(context)}
    <fieldset>
      ${textField(context, "caseReference", strings.text("share.case_reference"))}
      <label class="field">
        <span>${strings.text("share.note")}</span>
        <textarea
          name="note"
          rows="3"
          maxlength="2000"
          .value=${form.note}
          @input=${(event: Event) => change({ note: valueOf(event) })}
        ></textarea>
      </label>
    </fieldset>
    ${along(context)}
    ${
      context.askPin
        ? html`${
            context.pinProblem
              ? html`<p class="mistake" role="alert">${context.pinProblem}</p>`
              : nothing
          }
          ${textField(context, "pin", strings.text("share.pin"), {
            type: "password",
            max: 64,
          })}`
        : nothing
    }`;
}
