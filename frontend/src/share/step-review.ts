/** The last step: the file, the notice, and the confirmation. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { renderDeclaration } from "./declaration.ts";
import { byHand, renderNotice, unknownSentences } from "./share-notice.ts";
import { renderSharePreview } from "./share-preview.ts";
import type { Ready } from "./share-session.ts";

interface Context {
  strings: Strings;
  locale: Locale;
  clip: Clip;
  ready: Ready;
  /** The URL of what would be sent. */
  url: string;
  seen: boolean;
  failed: boolean;
  tapped: boolean;
  connected: boolean;
  minutesLeft: number;
  onPicture: () => void;
  onFailure: () => void;
  makeSmall: () => void;
  back: () => void;
  share: (event: Event) => void;
}

export function renderReviewStep(context: Context): TemplateResult {
  const { strings, locale, clip, ready, seen, tapped } = context;
  const { notice } = ready;
  const hand = byHand(notice);
  const { declaration: text } = ready;
  const digest = notice.declaration_sha256;
  const unknown =
    unknownSentences(notice, strings).length > 0 ||
    // The declaration must be read first.
    (digest !== null && text === null);
  return html`<div class="body review">
      ${renderSharePreview({ ...context, small: ready.small_preview, byHand: hand })}
      ${renderNotice(notice, { strings, locale, zone: clip.timezone })}
      ${text !== null && digest !== null ? renderDeclaration(strings, text, digest) : nothing}
    </div>
    <footer>
      <p class="muted valid">
        ${
          tapped
            ? strings.text("share.tapped")
            : strings.text("share.valid_for", { minutes: context.minutesLeft })
        }
      </p>
      <button ?disabled=${tapped} @click=${context.back}>
        ${strings.text("share.back")}
      </button>
      <button
        class="primary share"
        ?disabled=${tapped || unknown || !seen || !context.connected}
        aria-label=${strings.text(
          hand ? "share.button_label_hand" : "share.button_label",
          {
            host: notice.agency.host,
          },
        )}
        @click=${context.share}
      >
        ${icon(hand ? "download" : "share")}
        ${strings.text(hand ? "share.button_hand" : "share.button")}
      </button>
    </footer>`;
}
