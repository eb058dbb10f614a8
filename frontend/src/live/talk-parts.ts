/** Parts of the talk button: the level of the microphone, the state, and why there is no button. */

import { html, nothing, type TemplateResult } from "lit";
import { GO2RTC } from "../ha/places.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import type { Talk } from "./talk.ts";
import { failureText, levelText } from "./talk-words.ts";

export function renderLevel(strings: Strings, level: number): TemplateResult {
  return html`<div class="level" aria-hidden="true">
      <i style="transform: scaleX(${level.toFixed(2)})"></i>
    </div>
    <span class="sr hears">${levelText(strings, level)}</span>`;
}

interface TalkState {
  /** The text of the button. */
  words: string;
  /** Another person who talks. */
  other: string | undefined;
  /** The talk ends soon unless the user continues it. */
  asks: boolean;
}

/** Describes the state; screen readers also hear that talking continues. */
export function renderTalkState(
  strings: Strings,
  talk: Talk,
  { words, other, asks }: TalkState,
): string | TemplateResult {
  if (other !== undefined) return strings.text("talk.somebody", { name: other });
  if (asks) return strings.text("talk.ends_soon");
  if (talk.on) return html`<span class="sr">${words}</span>`;
  if (talk.allowed) return strings.text("talk.allowed");
  return failureText(strings, talk);
}

/** Why talking is not possible. `isOpen`: the user just pressed the button. */
export function renderNoTalk(
  strings: Strings,
  problem: string,
  { isAdmin, isOpen }: { isAdmin: boolean; isOpen: boolean },
): TemplateResult {
  const add = problem === "no_webrtc" && isAdmin;
  return html`<details ?open=${isOpen}>
    <summary>${icon("talk_off")}${strings.text("talk.why")}</summary>
    <p>
      ${strings.text(`talk.problem.${add ? "no_webrtc_admin" : problem}`)}
      ${
        add
          ? html`<a href=${GO2RTC} target="_blank" rel="noreferrer"
              >${strings.text("talk.add_go2rtc")}</a
            >`
          : nothing
      }
    </p>
  </details>`;
}
