/** The list of requests and bulletins, grouped by agency. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Agency, OpenRequest, RequestsState } from "../api/commands.ts";
import { INTEGRATION } from "../ha/places.ts";
import { icon } from "../ui/icons.ts";
import { groupsOf, type Board, type Group } from "./board.ts";
import { renderFeedProblems } from "./feed-problems.ts";
import { isAsked } from "./fitting.ts";
import { hideOf, type Hide } from "./hiding.ts";
import type { Paging } from "./paging.ts";
import { renderBulletin, renderRequest } from "./request-card.ts";
import { comparedWords, type Words } from "./request-words.ts";

export interface ListContext {
  words: Words;
  state: RequestsState;
  board: Board;
  agencies: readonly Agency[];
  paging: Paging;
  hasDoorbells: boolean;
  isAdmin: boolean;
  connected: boolean;
  hide: Hide;
  showMore: (key: string) => void;
  /** Whether hidden items are shown too. */
  withHidden: boolean;
  toggleHidden: () => void;
}

/** The lists of the page, which are paged separately for each agency. */
type List = "open" | "over" | "invalid" | "bulletins";

export function renderList(context: ListContext): TemplateResult {
  return html`${renderFeedProblems(context.words, context.state.feeds)}
    ${withoutPlace(context)}
    <div class="columns">
      <div class="requests">${listOfRequests(context)}</div>
      ${listOfBulletins(context)}
    </div>
    ${foot(context)}`;
}

/** Without the position of its doors, a home cannot match requests. */
function withoutPlace(context: ListContext): TemplateResult | typeof nothing {
  const { state, hasDoorbells, words } = context;
  if (!isAsked(state) || !hasDoorbells || state.doors.length > 0) return nothing;
  return html`<p class="banner">
    ${icon("map")}<span class="grow">${words.strings.text("requests.no_place")}</span>
  </p>`;
}

function listOfRequests(context: ListContext): TemplateResult {
  const { board, state } = context;
  const { strings } = context.words;
  const { open, over, invalid } = board;
  if (open.length + over.length + invalid.length === 0) return nothingAsked(context);
  return html`${
    open.length > 0
      ? html`<h2 tabindex="-1">${strings.text("requests.open")}</h2>
          ${cards(context, "open", open)}`
      : html`<p class="muted">${strings.text("requests.none_open")}</p>`
  }
  ${
    over.length > 0
      ? html`<h2>${strings.text("requests.before")}</h2>
          ${cards(context, "over", over)}`
      : nothing
  }
  ${
    invalid.length > 0
      ? html`<details>
          <summary>
            ${strings.text("requests.invalid_count", { count: invalid.length })}
          </summary>
          <p class="muted">${strings.text("requests.invalid_hint")}</p>
          ${cards(context, "invalid", invalid)}
        </details>`
      : nothing
  }
  ${state.elsewhere > 0 ? elsewhere(context) : nothing}`;
}

function elsewhere({ words, state }: ListContext): TemplateResult {
  return html`<p class="muted">
    ${words.strings.text("requests.elsewhere", { count: state.elsewhere })}
  </p>`;
}

/** There is no agency, its feed has not been read yet, or it has no requests. */
function nothingAsked(context: ListContext): TemplateResult {
  const { state, isAdmin } = context;
  const { strings } = context.words;
  const known = isAsked(state);
  const came = state.feeds.some((one) => one.fetched_at !== null);
  const why = known ? (came ? "nothing" : "not_yet") : "no_agency";
  return html`<div class="empty">
    ${icon("request")}
    <p>${strings.text(`requests.${why}`)}</p>
    <p class="muted">${strings.text(`requests.${why}_hint`)}</p>
    ${state.elsewhere > 0 ? elsewhere(context) : nothing}
    ${
      !known && isAdmin
        ? html`<a class="button primary" href=${INTEGRATION}
            >${strings.text("requests.add_agency")}</a
          >`
        : nothing
    }
  </div>`;
}

function listOfBulletins(context: ListContext): TemplateResult | typeof nothing {
  const { board, state, words, connected, hide } = context;
  if (board.bulletins.length === 0) return nothing;
  return html`<section class="bulletins">
    <h2>${words.strings.text("requests.bulletins")}</h2>
    <p class="muted">${words.strings.text("requests.bulletins_hint")}</p>
    ${groups(
      context,
      "bulletins",
      board.bulletins,
      (one) => one.bulletin_id,
      (bulletin) =>
        renderBulletin({
          words,
          bulletin,
          doors: state.doors.filter((one) =>
            bulletin.doorbells.includes(one.doorbell_id),
          ),
          connected,
          hide: hideOf(state, hide, bulletin.agency_id, bulletin.bulletin_id),
        }),
    )}
  </section>`;
}

function cards(
  context: ListContext,
  list: List,
  requests: readonly OpenRequest[],
): TemplateResult {
  const { words, state, connected, hide } = context;
  return groups(
    context,
    list,
    requests,
    (one) => one.request_id,
    (request) =>
      renderRequest({
        words,
        request,
        connected,
        hide: hideOf(state, hide, request.agency_id, request.request_id),
      }),
  );
}

function groups<One extends { agency_id: string; agency: string }>(
  context: ListContext,
  list: List,
  items: readonly One[],
  idOf: (item: One) => string,
  card: (item: One) => TemplateResult,
): TemplateResult {
  return html`${repeat(
    groupsOf(items),
    ({ agencyId }) => agencyId,
    (one) => group(context, list, one, idOf, card),
  )}`;
}

/** The items of one agency in pages, so that it cannot push the others off the page. */
function group<One>(
  context: ListContext,
  list: List,
  { agencyId, agency, items }: Group<One>,
  idOf: (item: One) => string,
  card: (item: One) => TemplateResult,
): TemplateResult {
  const { paging, words } = context;
  const key = `${list} ${agencyId}`;
  const more = paging.next(key, items.length);
  const known = context.agencies.find((one) => one.agency_id === agencyId);
  return html`<section class="group" data-key=${key}>
    <div class="head">
      <h3>
        <bdi>${agency}</bdi>
        ${
          // Agencies may have the same name.
          known
            ? html`<span class="muted"
                >${known.host} · ${comparedWords(words, known)}</span
              >`
            : nothing
        }
      </h3>
      ${hideAllButton(context, agencyId, agency)}
    </div>
    <ul class="cards">
      ${repeat(items.slice(0, paging.shown(key)), idOf, card)}
    </ul>
    ${
      more > 0
        ? html`<button @click=${() => context.showMore(key)}>
            ${words.strings.text("requests.show_more", { count: more })}
          </button>`
        : nothing
    }
  </section>`;
}

function hideAllButton(
  { words, state, connected, hide }: ListContext,
  agencyId: string,
  agency: string,
): TemplateResult {
  const hidden = state.feeds.some((one) => one.agency_id === agencyId && one.hidden);
  const key = hidden ? "requests.unhide_all" : "requests.hide_all";
  return html`<button
    class="hide"
    ?disabled=${!connected}
    aria-label=${words.strings.text(`${key}_label`, { agency })}
    @click=${() => hide({ agencyId }, !hidden)}
  >
    ${words.strings.text(key)}
  </button>`;
}

function foot(context: ListContext): TemplateResult {
  const { words, board, state, withHidden, toggleHidden } = context;
  return html`<div class="below">
    ${
      board.hidden > 0
        ? html`<button aria-pressed=${withHidden} @click=${toggleHidden}>
            ${withHidden ? icon("check") : nothing}
            ${words.strings.text("requests.show_hidden", { count: board.hidden })}
          </button>`
        : nothing
    }
    ${
      isAsked(state)
        ? html`<p class="muted silent">${words.strings.text("requests.silent")}</p>`
        : nothing
    }
  </div>`;
}
