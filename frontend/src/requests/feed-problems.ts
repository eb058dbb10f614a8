/** Problems with reading the agencies' feeds, one line each. */

import { html, nothing, type TemplateResult } from "lit";
import type { FeedState } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { momentWords, type Words } from "./request-words.ts";

/** The text of a problem, for agencies and groups. */
export function feedProblem(strings: Strings, problem: string): string {
  const key = `requests.feed.${problem}`;
  return strings.text(strings.has(key) ? key : "requests.feed.other");
}

export function renderFeedProblems(
  words: Words,
  feeds: readonly FeedState[],
): TemplateResult | typeof nothing {
  const wrong = feeds.filter((one) => one.problem !== null);
  if (wrong.length === 0) return nothing;
  const { strings } = words;
  return html`<ul class="problems">
    ${wrong.map(
      ({ agency, problem, fetched_at }) =>
        html`<li class="banner">
          ${icon("alert")}
          <span class="grow">
            <strong><bdi>${agency}</bdi></strong
            ><br />
            ${feedProblem(strings, problem ?? "")}
            ${
              fetched_at
                ? strings.text("requests.feed_from", {
                    time: momentWords(words, fetched_at),
                  })
                : strings.text("requests.feed_never")
            }
          </span>
        </li>`,
    )}
  </ul>`;
}
