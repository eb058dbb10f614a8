/** What cannot be read of the agencies now, a line for each. */

import { html, nothing, type TemplateResult } from "lit";
import type { FeedState } from "../api/commands.ts";
import { icon } from "../ui/icons.ts";
import { momentWords, type Words } from "./request-words.ts";

export function renderFeedProblems(
  words: Words,
  feeds: readonly FeedState[],
): TemplateResult | typeof nothing {
  const wrong = feeds.filter((one) => one.problem !== null);
  if (wrong.length === 0) return nothing;
  const { strings } = words;
  return html`<ul class="problems">
    ${wrong.map(({ agency, problem, fetched_at }) => {
      const key = `requests.feed.${problem ?? ""}`;
      return html`<li class="banner">
        ${icon("alert")}
        <span class="grow">
          <bdi>${agency}</bdi>:
          ${strings.text(strings.has(key) ? key : "requests.feed.other")}
          ${
            fetched_at
              ? strings.text("requests.feed_from", {
                  time: momentWords(words, fetched_at),
                })
              : strings.text("requests.feed_never")
          }
        </span>
      </li>`;
    })}
  </ul>`;
}
