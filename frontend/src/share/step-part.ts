/** The first step: the part of the clip, and whether to include its audio. */

import { html, nothing, type TemplateResult } from "lit";
import { duration } from "../i18n/format.ts";
import "./filmstrip.ts";
import { mistake, textField, tick, type EditContext } from "./share-fields.ts";
import { chosen } from "./share-form.ts";

const videoBeside = (event: Event): HTMLVideoElement | null | undefined =>
  (event.currentTarget as HTMLElement).closest("fieldset")?.querySelector("video");

export function renderPartStep(context: EditContext): TemplateResult {
  const { strings, clip, sourceUrl, strip } = context;
  const wrong = context.mistakes.has("range");
  return html`<fieldset>
    <legend class="sr">${strings.text("share.step.part")}</legend>
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
    ${strip ? filmstrip(context) : nothing}
    <div class="range">
      ${end(context, "start", wrong)} ${end(context, "end", wrong)}
    </div>
    ${mistake(
      wrong
        ? strings.text("share.bad_range", { duration: duration(clip.duration) })
        : undefined,
    )}
    ${
      clip.audio_codec === null
        ? html`<p class="muted">${strings.text("share.no_audio")}</p>`
        : tick(context, "audio", "share.audio", "share.audio_hint")
    }
  </fieldset>`;
}

function end(
  context: EditContext,
  which: "start" | "end",
  invalid: boolean,
): TemplateResult {
  const { strings, change } = context;
  const here = (event: Event): void => {
    const now = videoBeside(event)?.currentTime ?? 0;
    change({ [which]: String(Math.round(now * 10) / 10) });
  };
  return html`<div>
    ${textField(context, which, `share.${which}`, { invalid })}
    <button type="button" @click=${here}>${strings.text(`share.${which}_here`)}</button>
  </div>`;
}

function filmstrip({ strip, form, change }: EditContext): TemplateResult {
  const length = strip?.length ?? 0;
  const cut = chosen(form, length);
  return html`<doorwatch-filmstrip
    .strip=${strip}
    .start=${cut.start}
    .end=${cut.end}
    .exact=${form.covers.length > 0}
    @cut-changed=${(event: CustomEvent<{ start?: number; end?: number }>) => {
      const { start, end } = event.detail;
      // At the edges nothing is cut, so the field is empty.
      if (start !== undefined) change({ start: start > 0 ? String(start) : "" });
      if (end !== undefined) change({ end: end < length ? String(end) : "" });
      // Show the frame at the moved handle.
      const video = videoBeside(event);
      if (video) video.currentTime = start ?? end ?? 0;
    }}
  ></doorwatch-filmstrip>`;
}
