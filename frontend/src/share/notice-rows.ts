/** Rows of facts about a file. */

import { html, type TemplateResult } from "lit";
import { shortDigest, size, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";

export const row = (label: string, value: unknown): TemplateResult =>
  html`<div class="row">
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;

export const sizeRow = (
  strings: Strings,
  locale: Locale,
  bytes: number,
): TemplateResult => row(strings.text("notice.size"), size(bytes, locale));

export const digestRow = (strings: Strings, sha256: string): TemplateResult =>
  row(
    strings.text("notice.digest"),
    html`<code>${shortDigest(sha256)}…</code>
      <details>
        <summary>${strings.text("notice.digest_full")}</summary>
        <code>${sha256}</code>
      </details>`,
  );
