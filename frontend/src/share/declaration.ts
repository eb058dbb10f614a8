/** The draft of a declaration, selected by the person and shown before the tap. */

import { html, nothing, type TemplateResult } from "lit";
import { shortDigest } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { tick, type StepContext } from "./share-fields.ts";

export function declarationTick(context: StepContext): TemplateResult {
  const { strings, form } = context;
  return html`<fieldset>
    <legend>${strings.text("declaration.title")}</legend>
    ${tick(context, "declaration", "declaration.tick", "declaration.hint")}
    ${
      form.declaration
        ? html`<div class="indent muted">
            <p>${strings.text("declaration.means")}</p>
            <p>${strings.text("declaration.lawyer")}</p>
          </div>`
        : nothing
    }
  </fieldset>`;
}

/** The full text as it will be in the package. */
export function renderDeclaration(
  strings: Strings,
  text: string,
  digest: string,
): TemplateResult {
  return html`<section>
    <h3 id="declaration">${strings.text("declaration.title")}</h3>
    <p>${strings.text("declaration.goes_along")}</p>
    <p class="muted">${strings.text("declaration.means")}</p>
    <p class="muted">${strings.text("declaration.lawyer")}</p>
    <pre tabindex="0" role="region" aria-labelledby="declaration">${text}</pre>
    <p class="muted">
      ${strings.text("notice.digest")}: <code>${shortDigest(digest)}…</code>
    </p>
  </section>`;
}
