/** How a ring is shown: with live view, or as one line beside a clip. */

import { html, type TemplateResult } from "lit";
import type { Doorbell, Live } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

interface Context {
  strings: Strings;
  title: string;
  doorbell: Doorbell;
  /** Dismiss the ring. */
  put: () => void;
}

/** Keep the focus where it was. */
const stayThere = (event: Event): void => event.preventDefault();

/** `open`: show live view. */
export function renderRingLine({
  strings,
  title,
  doorbell: { name },
  put,
  open,
}: Context & { open: () => void }): TemplateResult {
  const live = strings.text("live.live");
  return html`<h2 tabindex="-1">${title}</h2>
    <button
      class="primary"
      aria-label=${strings.text("live.of", { what: live, name })}
      @click=${open}
    >
      ${icon("live")} ${live}
    </button>
    <button
      class="plain"
      aria-label=${strings.text("ring.not_now_label", { name })}
      title=${strings.text("ring.not_now")}
      @mousedown=${stayThere}
      @click=${put}
    >
      ${icon("close")}
    </button>`;
}

export function renderRingView({
  strings,
  title,
  doorbell,
  put,
  time,
  live,
}: Context & { time: string; live: Live | undefined }): TemplateResult {
  return html`<div class="line">
      <h2 tabindex="-1">${title}</h2>
      <span class="muted">${time}</span>
      <button
        aria-label=${strings.text("ring.not_now_label", { name: doorbell.name })}
        @mousedown=${stayThere}
        @click=${put}
      >
        ${strings.text("ring.not_now")}
      </button>
    </div>
    <doorwatch-still view-only .doorbell=${doorbell} .live=${live}></doorwatch-still>`;
}
