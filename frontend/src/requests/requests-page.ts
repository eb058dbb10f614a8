/** Requests and bulletins of agencies. No action on this page is sent to any of them. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { NO_REQUESTS, type TimedShare } from "../api/home-feed.ts";
import { PageTitle } from "../ha/page-title.ts";
import { pageStyles } from "../panel/page-styles.ts";
import { addressOf, follow, type RequestsPlace } from "../panel/route.ts";
import "../share/share-dialog.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { problemText, renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { boardOf } from "./board.ts";
import { isAsked } from "./fitting.ts";
import { hideOf, setHidden, type Hidable } from "./hiding.ts";
import { Paging } from "./paging.ts";
import { titleOf } from "./request-card.ts";
import { renderList } from "./request-list.ts";
import { renderRequestView } from "./request-view.ts";
import type { Words } from "./request-words.ts";
import { requestsStyles, requestStyles } from "./requests-styles.ts";

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
  @state() private agencies: readonly api.Agency[] = [];
  @state() private sharing: { clip: api.Clip; request: api.OpenRequest } | undefined;
  private readonly pageTitle = new PageTitle(this);
  private readonly paging = new Paging();
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
    const found = await shareApi.agencies(this.hass.connection).catch(() => undefined);
    if (found) this.agencies = found.agencies;
    else this.known = "";
  }

  private get request(): api.OpenRequest | undefined {
    const { asked } = this;
    return this.requests.requests.find(
      (one) => one.agency_id === asked?.agencyId && one.request_id === asked.requestId,
    );
  }

  private get words(): Words {
    const { strings, locale, hass } = this;
    return { strings, locale, zone: hass.config.time_zone };
  }

  private async hide(what: Hidable, hidden: boolean): Promise<void> {
    const { strings } = this;
    const { connection } = this.hass;
    // This element may be gone when the user presses Undo.
    const place = this.closest("main") ?? this.parentNode ?? this;
    const done = await this.attempt(() => setHidden(connection, what, hidden));
    if (!done || !hidden) return;
    const undo = (): void =>
      void setHidden(connection, what, false).catch((error: unknown) =>
        say(place, { text: problemText(strings, api.failureOf(error)) }),
      );
    say(place, { text: strings.text("requests.hidden"), undo });
  }

  private async showMore(key: string): Promise<void> {
    const first = this.paging.more(key);
    this.requestUpdate();
    await this.updateComplete;
    const group = [...this.renderRoot.querySelectorAll<HTMLElement>(".group")].find(
      (one) => one.dataset["key"] === key,
    );
    const next = group?.querySelectorAll("li.card").item(first);
    next?.querySelector<HTMLElement>("a, button, summary")?.focus();
  }

  protected override render(): TemplateResult {
    return html`${
      this.status === "loading" && !isAsked(this.requests)
        ? this.loading()
        : this.asked
          ? this.one()
          : this.all()
    }
    ${this.dialog()}`;
  }

  private loading(): TemplateResult {
    return html`<p class="empty muted" role="status">
      ${this.strings.text("page.loading")}
    </p>`;
  }

  private one(): TemplateResult {
    const { request, strings } = this;
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
      agency: this.agencies.find((one) => one.agency_id === agency_id),
      doorbells: this.doorbells,
      shares: this.shares,
      connected: this.hass.connected,
      hide: hideOf(
        this.requests,
        (what, hidden) => void this.hide(what, hidden),
        agency_id,
        request_id,
      ),
      answer: (clip) => (this.sharing = { clip, request }),
    })}`;
  }

  private all(): TemplateResult {
    return html`<h1 tabindex="-1">${this.strings.text("panel.requests")}</h1>
      ${renderProblem(this.strings, this.failure)}
      ${renderList({
        words: this.words,
        state: this.requests,
        board: boardOf(this.requests, this.withHidden),
        agencies: this.agencies,
        paging: this.paging,
        hasDoorbells: this.doorbells.length > 0,
        isAdmin: this.hass.user?.is_admin ?? false,
        connected: this.hass.connected,
        hide: (what, hidden) => void this.hide(what, hidden),
        showMore: (key) => void this.showMore(key),
        withHidden: this.withHidden,
        toggleHidden: () => (this.withHidden = !this.withHidden),
      })}`;
  }

  private dialog(): TemplateResult | typeof nothing {
    const { sharing } = this;
    if (!sharing) return nothing;
    const { clip, request } = sharing;
    const door = this.doorbells.find((one) => one.doorbell_id === clip.doorbell_id);
    return html`<doorwatch-share-dialog
      .clip=${clip}
      .doorbell=${door?.name ?? ""}
      .agencyId=${request.agency_id}
      .request=${request}
      .shares=${this.shares}
      @dialog-closed=${() => (this.sharing = undefined)}
    ></doorwatch-share-dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-requests-page": RequestsPage;
  }
}
