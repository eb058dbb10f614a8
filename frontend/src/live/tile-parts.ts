/** Parts of a doorbell's tile: image, sign of the live view, and note. */

import { html, nothing, type TemplateResult } from "lit";
import { isOver, type Showing } from "../ha/camera-stream.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import type { TileState } from "./tile-state.ts";

interface Picture {
  strings: Strings;
  name: string;
  shown: TileState;
  /** The URL of the image. */
  source: string | undefined;
  /** The user wants live view already. */
  wanted: boolean;
  play: () => void;
}

export function renderPicture(picture: Picture): TemplateResult {
  const { strings, name, source } = picture;
  const { camera, away, words } = picture.shown;
  const kind = away ? "picture away" : "picture";
  const inside = html`${source ? html`<img src=${source} alt="" />` : nothing}
  ${
    words
      ? html`<span class="words">${away ? icon("offline") : nothing}${words}</span>`
      : nothing
  }`;
  if (picture.wanted || !camera) return html`<div class=${kind}>${inside}</div>`;
  const opens = strings.text("live.open", { name });
  return html`<button
    class=${kind}
    aria-label=${words ? `${words}. ${opens}` : opens}
    @click=${picture.play}
  >
    ${inside}
  </button>`;
}

export function renderLiveSign(
  strings: Strings,
  showing: Showing | undefined,
  looking: boolean,
): TemplateResult {
  return html`<div class="sign">
    ${
      showing === "playing"
        ? html`<i></i>${strings.text("live.live")}`
        : strings.text(looking ? "live.starting" : "live.paused")
    }
  </div>`;
}

interface Note {
  strings: Strings;
  name: string;
  shown: TileState;
  showing: Showing | undefined;
  again: () => void;
}

/** Why live view ended, or something to know about it. */
export function renderNote(context: Note): TemplateResult | typeof nothing {
  const { strings, name, shown, showing } = context;
  if (!showing || !isOver(showing))
    return shown.note ? html`<p class="note">${shown.note}</p>` : nothing;
  const again = strings.text("card.retry");
  return html`<div class="note problem">
    <span class="said" role="alert"
      >${icon("alert")}${strings.text(`live.${showing}`)}</span
    >
    ${
      shown.camera
        ? html`<button
            class="again"
            aria-label=${strings.text("live.of", { what: again, name })}
            @click=${context.again}
          >
            ${again}
          </button>`
        : nothing
    }
  </div>`;
}
