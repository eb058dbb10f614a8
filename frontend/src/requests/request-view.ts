/** A request: the clips that match it first, then all that the agency published. */

import { html, nothing, type TemplateResult } from "lit";
import type {
  Agency,
  Clip,
  Doorbell,
  OpenRequest,
  RequestsState,
} from "../api/commands.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { addressOf, follow } from "../panel/route.ts";
import { inWords } from "../clips/clip-words.ts";
import { titleKey } from "../share/share-words.ts";
import { icon } from "../ui/icons.ts";
import "./fitting-clips.ts";
import { isOpen } from "./fitting.ts";
import { hideButton, openUntil, titleOf } from "./request-card.ts";
import { agencyWords, renderFacts } from "./request-facts.ts";
import {
  excerpt,
  fitWords,
  lackWords,
  overWords,
  windowWords,
  type Words,
} from "./request-words.ts";
import "./sketch.ts";

interface Context {
  words: Words;
  request: OpenRequest;
  state: RequestsState;
  agency: Agency | undefined;
  doorbells: readonly Doorbell[];
  shares: readonly TimedShare[];
  connected: boolean;
  hide: ((hidden: boolean) => void) | undefined;
  answer: (clip: Clip) => void;
}

export function renderRequestView(context: Context): TemplateResult {
  const { words, request, agency } = context;
  const { strings } = words;
  const { text, begins, ends } = request;
  const open = isOpen(request);
  return html`<article class="narrow">
    <h1 class="shown" tabindex="-1"><bdi>${titleOf(request)}</bdi></h1>
    <div class="key">
      <p>${agencyWords(words, request.agency, agency)}</p>
      ${
        begins && ends
          ? html`<p class="muted">${windowWords(words, begins, ends)}</p>`
          : nothing
      }
      ${openUntil(words, request)}
    </div>
    ${standing(words, request)}
    ${open && text ? html`<p class="text">${excerpt(text)}</p>` : nothing}
    ${answers(context)} ${open ? clips(context) : nothing} ${whole(context)}
    <div class="below">
      ${hideButton(context, request.hidden, titleOf(request))}
      ${context.hide ? html`<p class="muted">${strings.text("requests.hide_hint")}</p>` : nothing}
    </div>
  </article>`;
}

/** All that the agency published, collapsed below the clips that match. */
function whole({ words, request, state, agency }: Context): TemplateResult {
  const { strings } = words;
  const { text, area, doorbells } = request;
  const doors = state.doors.filter((one) => doorbells.includes(one.doorbell_id));
  return html`<div class="whole">
    <details ?open=${!isOpen(request)}>
      <summary>${strings.text("requests.whole")}</summary>
      ${text ? html`<p class="text">${text}</p>` : nothing}
      ${renderFacts(words, request, agency)}
    </details>
    ${
      area.length > 0
        ? html`<details>
            <summary>${strings.text("requests.where")}</summary>
            <doorwatch-sketch .area=${area} .doors=${doors}></doorwatch-sketch>
          </details>`
        : nothing
    }
  </div>`;
}

/** Why it cannot be answered, if so. */
function standing(words: Words, request: OpenRequest): TemplateResult | typeof nothing {
  const { strings } = words;
  if (request.lacks.length > 0)
    return html`<div class="banner problem">
      ${icon("alert")}
      <div class="grow">
        ${strings.text("requests.invalid")}
        <ul class="lacks">
          ${lackWords(strings, request.lacks).map((one) => html`<li>${one}</li>`)}
        </ul>
      </div>
    </div>`;
  const over = overWords(words, request);
  return over
    ? html`<p class="banner">${icon("alert")}<span class="grow">${over}</span></p>`
    : nothing;
}

/** The shares that answer it, and their state. */
function answers({
  words,
  request,
  shares,
  doorbells,
}: Context): TemplateResult | typeof nothing {
  const { strings, locale } = words;
  if (request.answers.length === 0) return nothing;
  const which = (shareId: string): string => {
    const clip = shares.find((one) => one.share_id === shareId)?.clip;
    if (!clip) return strings.text("requests.its_clip");
    const door = doorbells.find((one) => one.doorbell_id === clip.doorbell_id);
    const name = door?.name ?? strings.text("clip.no_doorbell");
    return inWords(strings, locale, "shares.clip", clip, name);
  };
  const how = (shareId: string, state: string): string => {
    const share = shares.find((one) => one.share_id === shareId);
    const key = share ? titleKey(share) : `status.${state}`;
    const values = { agency: request.agency, seconds: 0 };
    return strings.has(key) ? strings.text(key, values) : state;
  };
  return html`<h2>${strings.text("requests.answers")}</h2>
    <ul class="cards">
      ${request.answers.map(
        ({ share_id, state, clip_id }) =>
          html`<li class="card one-line">
            <p>${how(share_id, state)}</p>
            <a href=${addressOf({ page: "clip", clipId: clip_id })} @click=${follow}
              >${which(share_id)}</a
            >
          </li>`,
      )}
    </ul>
    <p>
      <a href=${addressOf({ page: "shared" })} @click=${follow}
        >${strings.text("requests.to_shared")}</a
      >
    </p>`;
}

function clips({ words, request, doorbells, answer }: Context): TemplateResult {
  const { strings } = words;
  return html`<h2>${strings.text("requests.clips")}</h2>
    <p>${fitWords(strings, request)}</p>
    ${
      request.clips > 0
        ? html`<p class="muted">${strings.text("requests.answer_hint")}</p>
            <doorwatch-fitting-clips
              .request=${request}
              .doorbells=${doorbells}
              @clip-answer=${({ detail }: CustomEvent<Clip>) => answer(detail)}
            ></doorwatch-fitting-clips>`
        : html`<p class="muted">${strings.text("requests.no_clips_hint")}</p>`
    }`;
}
