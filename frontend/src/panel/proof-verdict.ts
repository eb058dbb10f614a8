/** What the ledger proves, in one sentence, by the home's check of it. */

import { css, html, type TemplateResult } from "lit";
import type { Transparency } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

type Check = Transparency["check"];

export interface Verdict {
  good: boolean;
  sentence: string;
  /** What was checked, or what to do. */
  hint: string;
}

export function verdictOf(
  strings: Strings,
  { changed_at, untapped_at }: Check,
): Verdict {
  const words = (key: string, line = 0): Verdict => ({
    good: key === "proved",
    sentence: strings.text(`page.proof.${key}`, { line }),
    hint: strings.text(`page.proof.${key}_hint`),
  });
  if (changed_at !== null) return words("changed", changed_at);
  return untapped_at === null ? words("proved") : words("untapped", untapped_at);
}

export const verdictStyles = css`
  .verdict {
    align-items: start;
    margin: 0 0 16px;
  }
  .verdict strong {
    display: block;
    font-size: 1.125rem;
    font-weight: 500;
  }
  .verdict:not(.problem) > .icon {
    color: var(--success-color, #43a047);
  }
  summary {
    min-height: 44px;
    padding-block: 10px;
    cursor: pointer;
  }
`;

export function renderVerdict(strings: Strings, check: Check): TemplateResult {
  const { good, sentence, hint } = verdictOf(strings, check);
  return html`<div class="banner verdict ${good ? "" : "problem"}">
    ${icon(good ? "done" : "alert")}
    <div class="grow"><strong>${sentence}</strong>${hint}</div>
  </div>`;
}
