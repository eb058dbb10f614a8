/** The third step: the recipient, and details about the person. */

import { html, nothing, type TemplateResult } from "lit";
import type { Agency } from "../api/commands.ts";
import { icon } from "../ui/icons.ts";
import { declarationTick } from "./declaration.ts";
import {
  mistake,
  noteField,
  textField,
  tick,
  type StepContext,
} from "./share-fields.ts";

export function renderRecipientStep(context: StepContext): TemplateResult {
  const { strings } = context;
  return html`${pin(context)} ${bound(context)} ${agencies(context)} ${link(context)}
    <fieldset>
      <legend>${strings.text("share.personal")}</legend>
      <p class="muted">${strings.text("share.personal_hint")}</p>
      ${tick(context, "sendName", "share.name_tick")}
      ${detail(context, "sendName", "name", "name")}
      ${tick(context, "sendContact", "share.contact_tick")}
      ${detail(context, "sendContact", "contact", "email")}
    </fieldset>
    <fieldset>
      ${textField(context, "caseReference", "share.case_reference")}
      ${noteField(context)}
    </fieldset>
    ${declarationTick(context)}`;
}

/** Shown first if it was requested, because it blocks the person here. */
function pin(context: StepContext): TemplateResult | typeof nothing {
  if (!context.askPin) return nothing;
  return html`<fieldset class="pin">
    ${mistake(context.pinProblem)}
    ${textField(context, "pin", "share.pin", {
      type: "password",
      max: 64,
      invalid: context.pinProblem !== undefined,
    })}
  </fieldset>`;
}

/** The answered request, and a button to remove it, because it may be closed by now. */
function bound(context: StepContext): TemplateResult | typeof nothing {
  const { strings, answered, doubted, change } = context;
  if (answered === undefined) return nothing;
  return html`<div class="banner bound">
      ${icon("request")}
      <span class="grow">${strings.text("share.answers")} <bdi>${answered}</bdi></span>
      <button
        type="button"
        @click=${() => change({ requestId: "", stillBelongs: false })}
      >
        ${strings.text("share.answer_none")}
      </button>
    </div>
    ${doubted ? tick(context, "stillBelongs", "share.still_belongs") : nothing}`;
}

function agencies(context: StepContext): TemplateResult {
  const { strings, agencies: all } = context;
  if (!all) return html`<p role="status">${strings.text("share.agencies_loading")}</p>`;
  const wrong = context.mistakes.has("agency");
  return html`<fieldset
    class=${wrong ? "invalid" : ""}
    role="radiogroup"
    aria-invalid=${wrong}
    aria-describedby="no-agency"
  >
    <legend>${strings.text("share.agency")}</legend>
    <div id="no-agency">
      ${mistake(wrong ? strings.text("share.choose_agency") : undefined)}
    </div>
    ${all.map((agency) => choice(context, agency))}
  </fieldset>`;
}

function choice(
  { strings, form, change }: StepContext,
  agency: Agency,
): TemplateResult {
  const { agency_id, available, upload_page, compared } = agency;
  const known = upload_page ? "by_hand" : compared ? "compared" : "not_compared";
  return html`<label class="choice ${available ? "" : "off"}">
    <input
      type="radio"
      name="agency"
      .checked=${form.agencyId === agency_id}
      ?disabled=${!available}
      @change=${() => change({ agencyId: agency_id })}
    />
    <span>
      <span class="host">${agency.host}</span><br />
      ${agency.name}
      <span class="muted">
        ${strings.text(`share.${known}`)}
        ${available ? nothing : html`· ${strings.text("share.unavailable")}`}
      </span>
    </span>
  </label>`;
}

function link(context: StepContext): TemplateResult | typeof nothing {
  const { strings, form } = context;
  const page = context.agencies?.find(
    (one) => one.agency_id === form.agencyId,
  )?.upload_page;
  if (!page) return nothing;
  const invalid = context.mistakes.has("link");
  return html`<fieldset>
    ${textField(context, "link", "share.link", { type: "url", invalid, max: 8000 })}
    <p class="muted">${strings.text("share.link_hint")}</p>
    ${mistake(invalid ? strings.text("share.bad_link", { page }) : undefined)}
  </fieldset>`;
}

/** An optional detail; its field is enabled when it is selected. */
function detail(
  context: StepContext,
  ticked: "sendName" | "sendContact",
  field: "name" | "contact",
  autocomplete: string,
): TemplateResult | typeof nothing {
  if (!context.form[ticked]) return nothing;
  const invalid = context.mistakes.has(field);
  return html`<div class="indent">
    ${textField(context, field, `share.${field}`, { invalid, autocomplete })}
    ${mistake(invalid ? context.strings.text("share.empty_detail") : undefined)}
  </div>`;
}
