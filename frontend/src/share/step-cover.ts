/** The second step, which is optional: covered areas. */

import { html, type TemplateResult } from "lit";
import "./cover-editor.ts";
import type { Cover } from "./covers.ts";
import { mistake, type EditContext } from "./share-fields.ts";
import { chosen } from "./share-form.ts";

export function renderCoverStep(context: EditContext): TemplateResult {
  const { strings, clip, form, change } = context;
  const wrong = context.mistakes.has("covers");
  return html`<fieldset class=${wrong ? "invalid" : ""}>
    <legend class="sr">${strings.text("share.step.cover")}</legend>
    <doorwatch-cover-editor
      .clip=${clip}
      .covers=${form.covers}
      .start=${chosen(form, clip.duration).start}
      @covers-changed=${({ detail }: CustomEvent<Cover[]>) => change({ covers: detail })}
    ></doorwatch-cover-editor>
    ${mistake(wrong ? strings.text("covers.mistake") : undefined)}
  </fieldset>`;
}
