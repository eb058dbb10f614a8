/** The details of a clip as texts. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip, Doorbell } from "../api/commands.ts";
import { eventName, KIND_ICONS, labelName } from "../clips/clip-words.ts";
import { duration, size, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

interface Context {
  strings: Strings;
  locale: Locale;
  clip: Clip;
  doorbell: Doorbell | undefined;
}

export function renderFacts(context: Context): TemplateResult {
  const { strings, locale, clip, doorbell } = context;
  const facts = [
    strings.text("page.clip.length", {
      duration: duration(clip.duration),
      size: size(clip.size, locale),
    }),
    clip.labels.length > 0
      ? strings.text("page.clip.labels", {
          labels: clip.labels.map((label) => labelName(strings, label)).join(", "),
        })
      : "",
    clip.part > 1 ? strings.text("page.clip.part", { part: clip.part }) : "",
    clip.gaps > 0 ? strings.text("page.clip.gaps", { count: clip.gaps }) : "",
    clip.recovered ? strings.text("page.clip.recovered") : "",
    clip.protected ? strings.text("page.clip.protect_hint") : "",
    // A fetched clip also exists at the manufacturer.
    doorbell && !doorbell.records ? strings.text("page.clip.fetched") : "",
  ].filter(Boolean);
  return html`<ul class="chips" aria-label=${strings.text("page.clip.kinds")}>
      ${clip.kinds.map(
        (kind) =>
          html`<li class="chip">
            ${icon(KIND_ICONS[kind] ?? "motion")} ${eventName(strings, kind)}
          </li>`,
      )}
    </ul>
    ${facts.map((fact) => (fact ? html`<p class="facts muted">${fact}</p>` : nothing))}`;
}
