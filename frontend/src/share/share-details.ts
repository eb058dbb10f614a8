/** What a share in progress says below its title. */

import { html, nothing, type TemplateResult } from "lit";
import type { Failure, Share } from "../api/commands.ts";
import { dateTime, size, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { problemText } from "../ui/problem.ts";
import { outcomeText } from "./share-words.ts";

interface Context {
  strings: Strings;
  locale: Locale;
  zone: string;
  share: Share;
  /** The error of the last command. */
  failure: Failure | undefined;
  /** It is already on the page with its receipts. */
  listed: boolean;
}

/** States in which nothing more happens. */
const DONE = ["delivered", "uploaded", "handed_over", "expired", "cancelled"];

/** What went wrong, if it still matters. */
export function problemOf(
  share: Pick<Share, "state" | "problem">,
  failure: Failure | undefined,
): Failure | undefined {
  if (DONE.includes(share.state) && share.problem !== "arrived_anyway")
    return undefined;
  // The share itself continues; only a prepared share would be dropped.
  if (failure?.code === "connection_lost")
    return { code: "connection_lost_share", message: "" };
  return failure ?? (share.problem ? { code: share.problem, message: "" } : undefined);
}

export function renderShareDetails(context: Context): TemplateResult {
  const { strings, locale, zone, share, failure, listed } = context;
  const { state } = share;
  const problem = problemOf(share, failure);
  const outcome = outcomeText(share, strings, locale);
  const hasArrived = state === "delivered" || state === "uploaded";
  return html`
    ${state === "uploading" ? renderProgress(strings, locale, share) : nothing}
    ${problem ? html`<p>${problemText(strings, problem)}</p>` : nothing}
    ${outcome ? html`<p role="status">${outcome}</p>` : nothing}
    ${
      hasArrived && !listed
        ? html`<p class="muted">${strings.text(`status.${state}_hint`)}</p>`
        : nothing
    }
    ${state === "ready" ? renderHandOver(context) : nothing}
    ${
      state === "handed_over"
        ? html`<p>${strings.text("status.handed_over_hint")}</p>`
        : nothing
    }
    ${
      share.next_attempt && !DONE.includes(state)
        ? html`<p class="muted">
            ${strings.text("status.next_attempt", {
              time: time(share.next_attempt, zone, locale),
            })}
          </p>`
        : nothing
    }
  `;
}

function renderProgress(
  strings: Strings,
  locale: Locale,
  { sent, total, agency_name: agency }: Share,
): TemplateResult {
  return html`<progress
      max=${Math.max(1, total)}
      .value=${sent}
      aria-label=${strings.text("status.uploading", { agency })}
    ></progress>
    <p class="muted">
      ${strings.text("status.bytes", {
        sent: size(sent, locale),
        total: size(total, locale),
      })}
    </p>`;
}

/** The steps of handing over a package. */
function renderHandOver({
  strings,
  locale,
  zone,
  share,
}: Context): TemplateResult | typeof nothing {
  if (!share.hand_over_until) return nothing;
  const sealed = !share.file?.endsWith(".zip");
  const until = dateTime(share.hand_over_until, zone, locale);
  return html`<p>${strings.text(`status.ready_${sealed ? "sealed" : "open"}`)}</p>
    ${
      share.downloads > 0
        ? html`<p>${strings.text("status.downloads", { count: share.downloads })}</p>`
        : nothing
    }
    <p class="muted">${strings.text("status.ready_until", { time: until })}</p>`;
}
