/** Everything a person must see before the tap. */

import { html, nothing, type TemplateResult } from "lit";
import type { Notice } from "../api/commands.ts";
import { dateTime, shortDigest, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { numberFormat } from "../i18n/intl.ts";
import { renderAnswered } from "./notice-request.ts";
import { digestRow, row, sizeRow } from "./notice-rows.ts";

interface Context {
  strings: Strings;
  locale: Locale;
  zone: string;
}

/** Whether the person hands it over: only agencies that receive uploads have a fingerprint. */
export const byHand = (notice: Notice): boolean => notice.agency.fingerprint === null;

/** Sentences without a text here; with one of them, sharing is not allowed. */
export function unknownSentences(notice: Notice, strings: Strings): string[] {
  return notice.sentences.filter((key) => !strings.has(`notice.sentences.${key}`));
}

/** Keep line breaks. On one line, because whitespace between the tags is shown, too. */
const lines = (words: string): TemplateResult => html`<p class="text">${words}</p>`;

function agency(notice: Notice, { strings }: Context): TemplateResult {
  const { agency: to } = notice;
  const retention =
    to.retention_days === null
      ? to.retention ||
        strings.text(
          to.terms_digest === null
            ? "notice.not_published"
            : "notice.retention_unknown",
        )
      : strings.text("notice.retention_days", { days: to.retention_days });
  return html`<section>
    <h3>${strings.text("notice.to")}</h3>
    <p class="host">${to.host}</p>
    <p class="agency">${to.name}</p>
    <dl>
      ${to.jurisdiction ? row(strings.text("notice.jurisdiction"), to.jurisdiction) : nothing}
      ${to.contact ? row(strings.text("notice.contact"), to.contact) : nothing}
      ${row(
        strings.text("notice.fingerprint"),
        to.fingerprint === null
          ? html`<p class="warn">${strings.text("notice.no_fingerprint")}</p>`
          : html`<code>${to.fingerprint}</code>
              <p class=${to.compared ? "muted" : "warn"}>
                ${strings.text(to.compared ? "notice.compared" : "notice.not_compared")}
              </p>`,
      )}
      ${row(
        strings.text("notice.retention"),
        html`${retention}
        ${to.retention_days !== null && to.retention ? lines(to.retention) : nothing}`,
      )}
      ${row(
        strings.text("notice.terms"),
        lines(
          to.terms_digest === null ? strings.text("notice.not_published") : to.terms,
        ),
      )}
    </dl>
  </section>`;
}

const PERSONAL: Record<string, string> = {
  name: "notice.name",
  contact: "notice.contact_detail",
};

function person(notice: Notice, { strings }: Context): TemplateResult {
  const given = Object.entries(notice.personal).filter(([, value]) => value);
  return html`<section>
    <h3>${strings.text("notice.about_you")}</h3>
    ${
      given.length === 0
        ? html`<p>${strings.text("notice.nothing_about_you")}</p>`
        : nothing
    }
    <dl>
      ${given.map(([key, value]) => row(strings.text(PERSONAL[key] ?? key), value))}
      ${
        notice.case_reference
          ? row(strings.text("notice.case_reference"), notice.case_reference)
          : nothing
      }
      ${notice.note ? row(strings.text("notice.note"), lines(notice.note)) : nothing}
    </dl>
  </section>`;
}

function trimmed(notice: Notice, { strings }: Context): string | undefined {
  const { start, end } = notice.file.edits;
  if (start === null && end === null) return undefined;
  const key = start === null ? "to" : end === null ? "from" : "from_to";
  return strings.text(`notice.trimmed_${key}`, { start: start ?? 0, end: end ?? 0 });
}

function covered(notice: Notice, { strings, locale }: Context): TemplateResult[] {
  return notice.file.edits.redact.map((area, index) => {
    const percent = (share: number): string =>
      numberFormat(locale.language, { maximumFractionDigits: 1 }).format(share * 100);
    const { start, end } = area;
    const key =
      start === null
        ? end === null
          ? "always"
          : "to"
        : end === null
          ? "from"
          : "from_to";
    return html`<li>
      ${strings.text(`notice.covered_${key}`, {
        area: index + 1,
        left: percent(area.left),
        top: percent(area.top),
        width: percent(area.width),
        height: percent(area.height),
        start: start ?? 0,
        end: end ?? 0,
      })}
    </li>`;
  });
}

/** The labels that cameras reported, with the source of each. */
function said(notice: Notice, { strings }: Context): string[] {
  return Object.entries(notice.labels).map(([label, source]) => {
    const key = `notice.label_${label}`;
    return strings.text(strings.has(key) ? key : "notice.label_other", {
      label,
      source,
    });
  });
}

function file(notice: Notice, context: Context): TemplateResult {
  const { strings, locale, zone } = context;
  const { file: sent } = notice;
  const areas = covered(notice, context);
  const labels = said(notice, context);
  const at = (moment: string): string => dateTime(moment, zone, locale);
  return html`<section>
    <h3>${strings.text("notice.file")}</h3>
    <p>
      ${strings.text("notice.when", {
        start: at(sent.started_at),
        end: at(sent.ended_at),
      })}
    </p>
    <p>
      ${strings.text(sent.derived ? "notice.derived" : "notice.whole")}
      ${trimmed(notice, context) ?? nothing}
      ${sent.derived && !sent.audio ? strings.text("notice.no_sound") : nothing}
    </p>
    ${
      areas.length === 0
        ? nothing
        : html`<p>${strings.text("notice.covered", { count: areas.length })}</p>
            <ul class="covered">
              ${areas}
            </ul>`
    }
    <dl>
      ${sizeRow(strings, locale, sent.size)}
      ${labels.length > 0 ? row(strings.text("notice.labels"), labels.join(", ")) : nothing}
      ${digestRow(strings, sent.sha256)}
      ${
        sent.derived && sent.original_sha256
          ? row(
              strings.text("notice.original"),
              html`<code>${shortDigest(sent.original_sha256)}…</code>`,
            )
          : nothing
      }
    </dl>
  </section>`;
}

/** The notice. The host comes before the name, because the name is the agency's claim. */
export function renderNotice(notice: Notice, context: Context): TemplateResult {
  const { strings } = context;
  const unknown = unknownSentences(notice, strings);
  return html`
    <section class="know">
      <h3>${strings.text("notice.know")}</h3>
      <ul>
        ${notice.sentences.map((key) =>
          unknown.includes(key)
            ? html`<li class="warn">
                ${strings.text("notice.unknown_sentence", { key })}
              </li>`
            : html`<li>${strings.text(`notice.sentences.${key}`)}</li>`,
        )}
      </ul>
    </section>
    ${agency(notice, context)}
    ${notice.request ? renderAnswered(context, notice.request) : nothing}
    ${person(notice, context)} ${file(notice, context)}
  `;
}
