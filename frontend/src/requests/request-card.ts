/** A request or bulletin in the list. */

import { html, nothing, type TemplateResult } from "lit";
import type { Bulletin, Door, OpenRequest } from "../api/commands.ts";
import { addressOf, follow } from "../panel/route.ts";
import { icon } from "../ui/icons.ts";
import { counts, isOpen } from "./fitting.ts";
import {
  excerpt,
  fitWords,
  lackWords,
  momentWords,
  overWords,
  windowWords,
  type Words,
} from "./request-words.ts";
import "./sketch.ts";

interface Context {
  words: Words;
  connected: boolean;
  /** Hide it for this person only; undefined if all of its agency is hidden. */
  hide: ((hidden: boolean) => void) | undefined;
}

/** The title, or a generic name without one. */
export const titleOf = (request: OpenRequest): string =>
  request.title ?? request.request_id;

const line = (words: string | undefined): TemplateResult | typeof nothing =>
  words === undefined ? nothing : html`<p>${words}</p>`;

export function renderRequest(
  context: Context & { request: OpenRequest },
): TemplateResult {
  const { words, request } = context;
  const { strings } = words;
  const { agency_id: agencyId, request_id: requestId, text, begins, ends } = request;
  const over = overWords(words, request);
  const answered = request.answers.filter(counts).length;
  return html`<li class="card whole">
    <h4>
      <a
        href=${addressOf({ page: "requests", asked: { agencyId, requestId } })}
        @click=${follow}
        ><bdi>${titleOf(request)}</bdi></a
      >
      ${icon("forth")}
    </h4>
    ${text ? html`<p class="text">${excerpt(text)}</p>` : nothing}
    ${begins && ends ? html`<p class="muted">${windowWords(words, begins, ends)}</p>` : nothing}
    ${
      request.lacks.length > 0
        ? html`<p>${strings.text("requests.not_valid")}</p>
            <ul class="lacks">
              ${lackWords(strings, request.lacks).map((one) => html`<li>${one}</li>`)}
            </ul>`
        : nothing
    }
    ${over ? html`<p class="over">${over}</p>` : openUntil(words, request)}
    ${answered > 0 ? line(strings.text("requests.answered", { count: answered })) : nothing}
    <div class="foot">
      ${isOpen(request) ? fits(words, request) : nothing}
      ${hideButton(context, request.hidden, titleOf(request))}
    </div>
  </li>`;
}

/** Until when it can be answered; nothing if it cannot. */
export function openUntil(
  words: Words,
  request: OpenRequest,
): TemplateResult | typeof nothing {
  const { until } = request;
  if (!isOpen(request) || !until) return nothing;
  const time = momentWords(words, until);
  return html`<p class="muted">
    ${words.strings.text("requests.open_until", { time })}
  </p>`;
}

/** Muted without matching clips, so that nobody feels obliged to answer. */
function fits({ strings }: Words, request: OpenRequest): TemplateResult {
  const words = fitWords(strings, request);
  return request.clips > 0
    ? html`<p class="fits">${icon("check")}${words}</p>`
    : html`<p class="muted">${words}</p>`;
}

export function hideButton(
  { words, connected, hide }: Context,
  hidden: boolean,
  title: string,
): TemplateResult | typeof nothing {
  if (!hide) return nothing;
  const key = hidden ? "requests.unhide" : "requests.hide";
  return html`<button
    class="hide"
    ?disabled=${!connected}
    aria-label=${words.strings.text(`${key}_label`, { title })}
    @click=${() => hide(!hidden)}
  >
    ${words.strings.text(key)}
  </button>`;
}

export function renderBulletin(
  context: Context & { bulletin: Bulletin; doors: readonly Door[] },
): TemplateResult {
  const { words, bulletin, doors } = context;
  const { strings } = words;
  const { title, text, contact, until, state } = bulletin;
  const over = overWords(words, bulletin);
  const name = title ?? bulletin.bulletin_id;
  return html`<li class="card">
    <h4><bdi>${name}</bdi></h4>
    <p class="muted">
      <bdi>${bulletin.agency}</bdi
      >${bulletin.group ? ` · ${strings.text("requests.group")}` : ""}
    </p>
    ${over ? html`<p class="over">${over}</p>` : nothing}
    ${text ? html`<p class="text">${text}</p>` : nothing}
    ${
      contact
        ? html`<dl>
            <dt>${strings.text("requests.of.contact")}</dt>
            <dd><bdi>${contact}</bdi></dd>
          </dl>`
        : nothing
    }
    ${
      state === "open" && until
        ? html`<p class="muted">
            ${strings.text("requests.bulletin_until", { time: momentWords(words, until) })}
          </p>`
        : nothing
    }
    ${
      bulletin.area.length > 0
        ? html`<details>
            <summary>${strings.text("requests.where")}</summary>
            <doorwatch-sketch .area=${bulletin.area} .doors=${doors}></doorwatch-sketch>
          </details>`
        : nothing
    }
    <div class="foot">${hideButton(context, bulletin.hidden, name)}</div>
  </li>`;
}
