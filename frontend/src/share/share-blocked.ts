/** Why a person cannot share this clip here, and whom to ask. */

import { html, nothing, type TemplateResult } from "lit";
import type { Agencies, Clip, Failure } from "../api/commands.ts";
import { INTEGRATION } from "../ha/places.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";

export interface Blocked {
  why: "not_allowed" | "elsewhere" | "no_agency";
  /** The error of Home Assistant. */
  refusal?: Failure;
}

/** Nothing if sharing is possible. */
export function blocked(
  clip: Pick<Clip, "may_share">,
  { agencies, refusal }: Pick<Agencies, "agencies" | "refusal">,
): Blocked | undefined {
  if (refusal) return { why: "elsewhere", refusal };
  if (!clip.may_share) return { why: "not_allowed" };
  return agencies.length === 0 ? { why: "no_agency" } : undefined;
}

/** "Ask Ada or Grace…" */
export function whomToAsk(strings: Strings, administrators: readonly string[]): string {
  if (administrators.length === 0) return strings.text("share.ask_somebody");
  const list = new Intl.ListFormat(strings.spoken, { type: "disjunction" });
  return strings.text("share.ask", { names: list.format(administrators) });
}

interface Context {
  strings: Strings;
  blocked: Blocked;
  administrators: readonly string[];
  isAdmin: boolean;
  /** The user opens the settings. */
  leave: () => void;
}

export function renderBlocked(context: Context): TemplateResult {
  const { strings, isAdmin } = context;
  const { why, refusal } = context.blocked;
  return html`<p class="banner" role="alert">
      ${icon("alert")}
      <span class="grow"
        >${refusal ? problemText(strings, refusal) : strings.text(`share.${why}`)}</span
      >
    </p>
    ${
      isAdmin
        ? why === "no_agency"
          ? html`<a class="button primary" href=${INTEGRATION} @click=${context.leave}
              >${strings.text("share.add_agency")}</a
            >`
          : nothing
        : html`<p>${whomToAsk(strings, context.administrators)}</p>`
    }`;
}
