/** The last step of sending: the copy, what to know about it, and how it leaves. */

import { html, nothing, type TemplateResult } from "lit";
import type { Failure } from "../api/commands.ts";
import type { Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { digestRow, sizeRow } from "./notice-rows.ts";
import type { ReadyCopy } from "./send-session.ts";
import { renderVideo } from "./share-preview.ts";

interface Context {
  strings: Strings;
  locale: Locale;
  ready: ReadyCopy;
  covered: boolean;
  /** Whether this browser failed to play the copy. */
  unplayable: boolean;
  failure: Failure | undefined;
  choosing: boolean;
  passedOn: boolean;
  connected: boolean;
  onUnplayable: () => void;
  back: () => void;
  download: () => void;
  send: () => void;
}

export function renderSendReview(context: Context): TemplateResult {
  const { strings, locale, ready } = context;
  const { copy, file, source } = ready;
  const known = [
    copy.audio ? "sound_on" : "sound_off",
    ...(context.covered ? ["picture_made_anew"] : []),
    "others_visible",
    "cannot_be_recalled",
  ];
  return html`<div class="body review">
      ${renderProblem(strings, context.failure)}
      ${renderVideo({
        url: source,
        caption: strings.text("send.preview"),
        onFailure: context.onUnplayable,
      })}
      ${
        context.unplayable
          ? html`<p class="banner" role="status">
              ${icon("alert")}
              <span class="grow">${strings.text("send.unplayable")}</span>
            </p>`
          : nothing
      }
      <section class="know">
        <h3>${strings.text("send.know")}</h3>
        <ul>
          <li>${strings.text("send.recorded")}</li>
          ${known.map((key) => html`<li>${strings.text(`notice.sentences.${key}`)}</li>`)}
          <li>${strings.text("send.not_encrypted")}</li>
        </ul>
      </section>
      <dl>${sizeRow(strings, locale, copy.size)} ${digestRow(strings, copy.sha256)}</dl>
    </div>
    <footer>
      <p class="muted valid" role="status">${strings.text(status(context))}</p>
      <button @click=${context.back}>${strings.text("share.back")}</button>
      <button
        class=${file ? "" : "primary"}
        ?disabled=${!context.connected}
        @click=${context.download}
      >
        ${icon("download")} ${strings.text("send.download")}
      </button>
      ${
        file
          ? html`<button
              class="primary"
              aria-disabled=${context.choosing}
              @click=${context.send}
            >
              ${icon("send")} ${strings.text("send.button")}
            </button>`
          : nothing
      }
    </footer>`;
}

const status = ({ ready, passedOn }: Context): string => {
  if (passedOn) return "send.passed_on";
  return ready.file ? "send.kept" : "send.only_download";
};
