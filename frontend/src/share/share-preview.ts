/** A preview of a prepared file, or why this browser cannot show it. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

interface Context {
  strings: Strings;
  clip: Clip;
  url: string;
  /** A smaller copy of the file. */
  small: boolean;
  byHand: boolean;
  /** Its image was shown. */
  seen: boolean;
  failed: boolean;
  connected: boolean;
  onPicture: () => void;
  onFailure: () => void;
  makeSmall: () => void;
}

interface Video {
  url: string;
  caption: string;
  onPicture?: () => void;
  onFailure: () => void;
}

export function renderVideo(video: Video): TemplateResult {
  const { url, caption, onPicture, onFailure } = video;
  const loaded = ({ target }: Event): void => {
    // A player without the video codec plays only the audio, without an error.
    if ((target as HTMLVideoElement).videoWidth > 0) onPicture?.();
    else onFailure();
  };
  return html`<figure>
    <video
      controls
      playsinline
      preload="auto"
      src=${url}
      aria-describedby="caption"
      @loadeddata=${loaded}
      @error=${onFailure}
    ></video>
    <figcaption id="caption">${caption}</figcaption>
  </figure>`;
}

export function renderSharePreview(context: Context): TemplateResult {
  const { strings, clip, small, seen, failed } = context;
  const caption = small
    ? strings.text("share.preview_small", { width: clip.width, height: clip.height })
    : strings.text(context.byHand ? "share.preview_hand" : "share.preview");
  return html`${renderVideo({ ...context, caption })}
  ${
    seen || failed
      ? nothing
      : html`<p class="muted" role="status">${strings.text("share.preview_waits")}</p>`
  }
  ${failed && !seen ? failure(context) : nothing}`;
}

function failure({ strings, small, connected, makeSmall }: Context): TemplateResult {
  const key = small ? "share.preview_failed_small" : "share.preview_failed";
  return html`<p class="banner problem" role="alert">
      ${icon("alert")}
      <span class="grow">${strings.text(key)}</span>
    </p>
    ${
      small
        ? nothing
        : html`<button ?disabled=${!connected} @click=${makeSmall}>
            ${strings.text("share.make_preview")}
          </button>`
    }`;
}
