/** What agencies ask and tell of here. Nothing that is done on this page reaches any of them. */

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
import { boardOf, type Board } from "./board.ts";
import { isAsked } from "./fitting.ts";
import { renderFeedProblems } from "./feed-problems.ts";
import { renderBulletin, renderRequest, titleOf } from "./request-card.ts";
import type { Words } from "./request-words.ts";
import { renderRequestView } from "./request-view.ts";
import { requestsStyles, requestStyles } from "./requests-styles.ts";

@customElement("doorwatch-requests-page")
export class RequestsPage extends ActingElement {
  static override readonly styles = [shared, pageStyles, requestsStyles, requestStyles];

  @property({ attribute: false }) asked: RequestsPlace["asked"];
  @property({ attribute: false }) requests = NO_REQUESTS;
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  /** How the reading of all that stands. */
  @property({ attribute: false }) status = "";
  @state() private withHidden = false;
  @state() private agencies: readonly api.Agency[] = [];
  @state() private sharing: { clip: api.Clip; request: api.OpenRequest } | undefined;
  private readonly pageTitle = new PageTitle(this);
  /** Those that the agencies were asked about. */
  private known = "";

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { request } = this;
    this.pageTitle.set(
      request ? titleOf(request) : this.strings.text("panel.requests"),
    );
    if (changed.has("asked")) this.sharing = undefined;
    if (changed.has("requests")) void this.meetAgencies();
  }

  /** Whether somebody made sure of each of them. Without it, nothing is said of that. */
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

  private async hide(agencyId: string, itemId: string, hidden: boolean): Promise<void> {
    const { strings, hass } = this;
    const set = (to: boolean): Promise<unknown> =>
      api.hideRequest(hass.connection, agencyId, itemId, to);
    // This element may be gone by the time somebody takes it back.
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
      hide: (hidden) => void this.hide(agency_id, request_id, hidden),
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

  /** Where a home does not know where its doors are, nothing can concern it. */
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
            ${this.cards(open)}`
        : html`<p class="muted">${strings.text("requests.none_open")}</p>`
    }
    ${
      over.length > 0
        ? html`<h2>${strings.text("requests.before")}</h2>
            ${this.cards(over)}`
        : nothing
    }
    ${
      invalid.length > 0
        ? html`<details>
            <summary>
              ${strings.text("requests.invalid_count", { count: invalid.length })}
            </summary>
            <p class="muted">${strings.text("requests.invalid_hint")}</p>
            ${this.cards(invalid)}
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

  private cards(requests: readonly api.OpenRequest[]): TemplateResult {
    return html`<ul class="cards">
      ${repeat(
        requests,
        (one) => `${one.agency_id} ${one.request_id}`,
        (request) =>
          renderRequest({
            words: this.words,
            request,
            agency: this.agency(request.agency_id),
            connected: this.hass.connected,
            hide: (hidden) =>
              void this.hide(request.agency_id, request.request_id, hidden),
          }),
      )}
    </ul>`;
  }

  /** Nobody could ask, nothing of them came yet, or nobody did. */
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
      <ul class="cards">
        ${repeat(
          bulletins,
          (one) => `${one.agency_id} ${one.bulletin_id}`,
          (bulletin) =>
            renderBulletin({
              words: this.words,
              bulletin,
              doors: doors.filter((one) =>
                bulletin.doorbells.includes(one.doorbell_id),
              ),
              connected: this.hass.connected,
              hide: (hidden) =>
                void this.hide(bulletin.agency_id, bulletin.bulletin_id, hidden),
            }),
        )}
      </ul>
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
