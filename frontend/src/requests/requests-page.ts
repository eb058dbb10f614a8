/** Requests and bulletins of agencies. No action on this page is sent to any of them. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import { NO_REQUESTS, type TimedShare } from "../api/home-feed.ts";
import { INTEGRATION } from "../ha/places.ts";
import { PageTitle } from "../ha/page-title.ts";
import { pageStyles } from "../panel/page-styles.ts";
import { addressOf, follow, type RequestsPlace } from "../panel/route.ts";
import "../share/share-dialog.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { problemText, renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { boardOf, groupsOf, type Board, type Group } from "./board.ts";
import { isAsked } from "./fitting.ts";
import { renderFeedProblems } from "./feed-problems.ts";
import { renderBulletin, renderRequest, titleOf } from "./request-card.ts";
import type { Words } from "./request-words.ts";
import { renderRequestView } from "./request-view.ts";
import { requestsStyles, requestStyles } from "./requests-styles.ts";

/** The number of an agency's items shown first, and added by each press on *Show more*. */
const PAGE = 10;

/** The lists of the page, which are paged separately for each agency. */
type List = "open" | "over" | "invalid" | "bulletins";

@customElement("doorwatch-requests-page")
export class RequestsPage extends ActingElement {
  static override readonly styles = [shared, pageStyles, requestsStyles, requestStyles];

  @property({ attribute: false }) asked: RequestsPlace["asked"];
  @property({ attribute: false }) requests = NO_REQUESTS;
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  /** The status of reading the feeds. */
  @property({ attribute: false }) status = "";
  @state() private withHidden = false;
  /** The number of rendered items of lists with more than one page. */
  @state() private drawn: Readonly<Record<string, number>> = {};
  @state() private agencies: readonly api.Agency[] = [];
  @state() private sharing: { clip: api.Clip; request: api.OpenRequest } | undefined;
  private readonly pageTitle = new PageTitle(this);
  /** The agencies that were loaded. */
  private known = "";

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { request } = this;
    this.pageTitle.set(
      request ? titleOf(request) : this.strings.text("panel.requests"),
    );
    if (changed.has("asked")) this.sharing = undefined;
    if (changed.has("requests")) void this.meetAgencies();
  }

  /** Load whether each agency was verified. If that fails, nothing is shown about it. */
  private async meetAgencies(): Promise<void> {
    const feeds = JSON.stringify(this.requests.feeds.map((one) => one.agency_id));
    if (feeds === this.known) return;
    this.known = feeds;
    const found = await api.agencies(this.hass.connection).catch(() => undefined);
    if (found) this.agencies = found.agencies;
    else this.known = "";
  }

  private get request(): api.OpenRequest | undefined {
    const { asked } = this;
    return this.requests.requests.find(
      (one) => one.agency_id === asked?.agencyId && one.request_id === asked.requestId,
    );
  }

  private agency(id: string): api.Agency | undefined {
    return this.agencies.find((one) => one.agency_id === id);
  }

  private get words(): Words {
    const { strings, locale, hass } = this;
    return { strings, locale, zone: hass.config.time_zone };
  }

  private hide(agencyId: string, itemId: string, hidden: boolean): Promise<void> {
    const { connection } = this.hass;
    return this.putAway(hidden, (to) =>
      api.hideRequest(connection, agencyId, itemId, to),
    );
  }

  private hideAll(agencyId: string, hidden: boolean): Promise<void> {
    const { connection } = this.hass;
    return this.putAway(hidden, (to) => api.hideAgency(connection, agencyId, to));
  }

  private async putAway(
    hidden: boolean,
    set: (to: boolean) => Promise<unknown>,
  ): Promise<void> {
    const { strings } = this;
    // This element may be gone when the user presses Undo.
    const place = this.closest("main") ?? this.parentNode ?? this;
    if (!(await this.attempt(() => set(hidden))) || !hidden) return;
    const undo = (): void =>
      void set(false).catch((error: unknown) =>
        say(place, { text: problemText(strings, api.failureOf(error)) }),
      );
    say(place, { text: strings.text("requests.hidden"), undo });
  }

  protected override render(): TemplateResult {
    const { sharing } = this;
    return html`${this.asked ? this.one() : this.all()}
    ${
      sharing
        ? html`<doorwatch-share-dialog
            .clip=${sharing.clip}
            .doorbell=${this.doorbells.find((one) => one.doorbell_id === sharing.clip.doorbell_id)?.name ?? ""}
            .agencyId=${sharing.request.agency_id}
            .request=${sharing.request}
            .shares=${this.shares}
            @dialog-closed=${() => (this.sharing = undefined)}
          ></doorwatch-share-dialog>`
        : nothing
    }`;
  }

  /** Whether this person hid the whole agency. */
  private isHidden(agencyId: string): boolean {
    return this.requests.feeds.some((one) => one.agency_id === agencyId && one.hidden);
  }

  private hideOf(
    agencyId: string,
    itemId: string,
  ): ((hidden: boolean) => void) | undefined {
    if (this.isHidden(agencyId)) return undefined;
    return (hidden) => void this.hide(agencyId, itemId, hidden);
  }

  private loading(): TemplateResult {
    return html`<p class="empty muted" role="status">
      ${this.strings.text("page.loading")}
    </p>`;
  }

  private get waits(): boolean {
    return this.status === "loading" && !isAsked(this.requests);
  }

  // One request

  private one(): TemplateResult {
    const { request, strings } = this;
    if (this.waits) return this.loading();
    if (!request)
      return html`<div class="empty" role="status">
        ${icon("request")}
        <h1 class="shown" tabindex="-1">${strings.text("requests.gone")}</h1>
        <a class="button" href=${addressOf({ page: "requests" })} @click=${follow}
          >${strings.text("requests.all")}</a
        >
      </div>`;
    const { agency_id, request_id } = request;
    return html`${renderProblem(strings, this.failure)}
    ${renderRequestView({
      words: this.words,
      request,
      state: this.requests,
      agency: this.agency(agency_id),
      doorbells: this.doorbells,
      shares: this.shares,
      connected: this.hass.connected,
      hide: this.hideOf(agency_id, request_id),
      answer: (clip) => (this.sharing = { clip, request }),
    })}`;
  }

  // All of them

  private all(): TemplateResult {
    const { strings, requests } = this;
    if (this.waits) return this.loading();
    const board = boardOf(requests, this.withHidden);
    return html`<h1 tabindex="-1">${strings.text("panel.requests")}</h1>
      ${renderProblem(strings, this.failure)}
      ${renderFeedProblems(this.words, requests.feeds)} ${this.withoutPlace()}
      <div class="columns">
        <div class="requests">${this.listOfRequests(board)}</div>
        ${this.listOfBulletins(board)}
      </div>
      ${this.foot(board)}`;
  }

  /** Without the position of its doors, a home cannot match requests. */
  private withoutPlace(): TemplateResult | typeof nothing {
    const { requests, doorbells, strings } = this;
    if (!isAsked(requests) || doorbells.length === 0 || requests.doors.length > 0)
      return nothing;
    return html`<p class="banner">
      ${icon("map")}<span class="grow">${strings.text("requests.no_place")}</span>
    </p>`;
  }

  private listOfRequests(board: Board): TemplateResult {
    const { strings, requests } = this;
    const { open, over, invalid } = board;
    if (open.length + over.length + invalid.length === 0) return this.nothingAsked();
    return html`${
      open.length > 0
        ? html`<h2 tabindex="-1">${strings.text("requests.open")}</h2>
            ${this.cards("open", open)}`
        : html`<p class="muted">${strings.text("requests.none_open")}</p>`
    }
    ${
      over.length > 0
        ? html`<h2>${strings.text("requests.before")}</h2>
            ${this.cards("over", over)}`
        : nothing
    }
    ${
      invalid.length > 0
        ? html`<details>
            <summary>
              ${strings.text("requests.invalid_count", { count: invalid.length })}
            </summary>
            <p class="muted">${strings.text("requests.invalid_hint")}</p>
            ${this.cards("invalid", invalid)}
          </details>`
        : nothing
    }
    ${requests.elsewhere > 0 ? this.elsewhere() : nothing}`;
  }

  private elsewhere(): TemplateResult {
    return html`<p class="muted">
      ${this.strings.text("requests.elsewhere", { count: this.requests.elsewhere })}
    </p>`;
  }

  private cards(list: List, requests: readonly api.OpenRequest[]): TemplateResult {
    return this.groups(
      list,
      requests,
      (one) => one.request_id,
      (request) =>
        renderRequest({
          words: this.words,
          request,
          agency: this.agency(request.agency_id),
          connected: this.hass.connected,
          hide: this.hideOf(request.agency_id, request.request_id),
        }),
    );
  }

  private groups<One extends { agency_id: string; agency: string }>(
    list: List,
    items: readonly One[],
    idOf: (item: One) => string,
    card: (item: One) => TemplateResult,
  ): TemplateResult {
    return html`${repeat(
      groupsOf(items),
      ({ agencyId }) => agencyId,
      (group) => this.group(list, group, idOf, card),
    )}`;
  }

  /** The items of one agency in pages, so that it cannot push the others off the page. */
  private group<One>(
    list: List,
    { agencyId, agency, items }: Group<One>,
    idOf: (item: One) => string,
    card: (item: One) => TemplateResult,
  ): TemplateResult {
    const key = `${list} ${agencyId}`;
    const drawn = this.drawn[key] ?? PAGE;
    const more = Math.min(PAGE, items.length - drawn);
    // Agencies may have the same name.
    const host = this.agency(agencyId)?.host;
    return html`<section class="group" data-key=${key}>
      <div class="head">
        <h3>
          <bdi>${agency}</bdi>
          ${host ? html`<span class="muted">${host}</span>` : nothing}
        </h3>
        ${this.hideAllButton(agencyId, agency)}
      </div>
      <ul class="cards">
        ${repeat(items.slice(0, drawn), idOf, card)}
      </ul>
      ${
        more > 0
          ? html`<button @click=${() => void this.showMore(key, drawn)}>
              ${this.strings.text("requests.show_more", { count: more })}
            </button>`
          : nothing
      }
    </section>`;
  }

  private hideAllButton(agencyId: string, agency: string): TemplateResult {
    const hidden = this.isHidden(agencyId);
    const key = hidden ? "requests.unhide_all" : "requests.hide_all";
    return html`<button
      class="hide"
      ?disabled=${!this.hass.connected}
      aria-label=${this.strings.text(`${key}_label`, { agency })}
      @click=${() => void this.hideAll(agencyId, !hidden)}
    >
      ${this.strings.text(key)}
    </button>`;
  }

  private async showMore(key: string, drawn: number): Promise<void> {
    this.drawn = { ...this.drawn, [key]: drawn + PAGE };
    await this.updateComplete;
    const group = [...this.renderRoot.querySelectorAll<HTMLElement>(".group")].find(
      (one) => one.dataset["key"] === key,
    );
    const next = group?.querySelectorAll("li.card").item(drawn);
    next?.querySelector<HTMLElement>("a, button, summary")?.focus();
  }

  /** There is no agency, its feed has not been read yet, or it has no requests. */
  private nothingAsked(): TemplateResult {
    const { strings, requests, hass } = this;
    const known = isAsked(requests);
    const came = requests.feeds.some((one) => one.fetched_at !== null);
    const why = known ? (came ? "nothing" : "not_yet") : "no_agency";
    return html`<div class="empty">
      ${icon("request")}
      <p>${strings.text(`requests.${why}`)}</p>
      <p class="muted">${strings.text(`requests.${why}_hint`)}</p>
      ${requests.elsewhere > 0 ? this.elsewhere() : nothing}
      ${
        !known && hass.user?.is_admin
          ? html`<a class="button primary" href=${INTEGRATION}
              >${strings.text("requests.add_agency")}</a
            >`
          : nothing
      }
    </div>`;
  }

  private listOfBulletins({ bulletins }: Board): TemplateResult | typeof nothing {
    if (bulletins.length === 0) return nothing;
    const { doors } = this.requests;
    return html`<section class="bulletins">
      <h2>${this.strings.text("requests.bulletins")}</h2>
      <p class="muted">${this.strings.text("requests.bulletins_hint")}</p>
      ${this.groups(
        "bulletins",
        bulletins,
        (one) => one.bulletin_id,
        (bulletin) =>
          renderBulletin({
            words: this.words,
            bulletin,
            doors: doors.filter((one) => bulletin.doorbells.includes(one.doorbell_id)),
            connected: this.hass.connected,
            hide: this.hideOf(bulletin.agency_id, bulletin.bulletin_id),
          }),
      )}
    </section>`;
  }

  private foot({ hidden }: Board): TemplateResult {
    const { strings, withHidden } = this;
    return html`<div class="below">
      ${
        hidden > 0
          ? html`<button
              aria-pressed=${withHidden}
              @click=${() => (this.withHidden = !withHidden)}
            >
              ${withHidden ? icon("check") : nothing}
              ${strings.text("requests.show_hidden", { count: hidden })}
            </button>`
          : nothing
      }
      ${
        isAsked(this.requests)
          ? html`<p class="muted silent">${strings.text("requests.silent")}</p>`
          : nothing
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-requests-page": RequestsPage;
  }
}
