/** All notices of Today in one line, which expands. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { EndedShare, Facets, Proposal, Share } from "../api/commands.ts";
import { NO_REQUESTS, type HomeFeed } from "../api/home-feed.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import "./ended-shares.ts";
import { isShort, noticesOf, type Notice } from "./notice-lines.ts";
import "./notices-hint.ts";
import type { Hint } from "./notices-hint.ts";
import { follow } from "./route.ts";
import "./whats-new.ts";

@customElement("doorwatch-today-notices")
export class TodayNotices extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
      }
      :host([empty]) {
        display: none;
      }
      .all {
        display: flex;
        flex-direction: column;
        gap: 8px;
        margin-block-start: 8px;
      }
      a.banner,
      .line {
        min-height: 44px;
        padding-block: 4px;
        color: inherit;
      }
      .line {
        width: 100%;
        justify-content: flex-start;
        border-radius: 10px;
        font-weight: inherit;
        text-align: start;
      }
      .line .grow {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .count {
        flex: none;
        min-width: 24px;
        padding: 1px 8px;
        border-radius: 12px;
        background: var(--dw-accent);
        color: #fff;
        font-size: 0.8125rem;
        text-align: center;
      }
      @media (forced-colors: active) {
        .count {
          border: 1px solid;
        }
      }
    `,
  ];

  @property({ attribute: false }) feed!: HomeFeed;
  @property({ attribute: false }) hint!: Hint;
  @property({ attribute: false }) ended: readonly EndedShare[] = [];
  @property({ attribute: false }) requests = NO_REQUESTS;
  @property({ attribute: false }) shares: readonly Share[] = [];
  @property({ attribute: false }) proposals: readonly Proposal[] = [];
  @property({ attribute: false }) future: Pick<Facets, "future" | "future_day"> = {
    future: 0,
    future_day: null,
  };
  /** The doorbell that Today is limited to. */
  @property({ attribute: false }) doorbell: string | undefined;
  @property({ attribute: false }) told: string | null | undefined;
  @property({ attribute: false }) hinted = false;
  @property({ type: Boolean, reflect: true }) empty = true;
  @state() private isOpen = false;
  @state() private newsRead = false;
  private notices: readonly Notice[] = [];

  protected override willUpdate(): void {
    const { strings, locale, hass, newsRead } = this;
    const { ended, requests, shares, proposals, future, doorbell, hinted } = this;
    const told = newsRead ? undefined : this.told;
    const known = {
      ended,
      requests,
      shares,
      proposals,
      future,
      doorbell,
      hinted,
      told,
    };
    this.notices = noticesOf(known, strings, locale, hass.config.time_zone);
    this.empty = this.notices.length === 0;
  }

  /** The pressed button is gone: go on at the next notice, or at the clips. */
  private readonly goOn = async (): Promise<void> => {
    this.requestUpdate();
    await this.updateComplete;
    const next = this.renderRoot.querySelector<HTMLElement>(".line, a.banner");
    if (next) next.focus();
    else this.dispatchEvent(new CustomEvent("notices-read"));
  };

  protected override render(): TemplateResult {
    const [first] = this.notices;
    // New users have no news, which is stored.
    const news = this.told === null ? this.news() : nothing;
    if (!first) return html`${news}`;
    if (this.notices.length === 1 && isShort(first))
      return html`${news} ${this.whole(first)}`;
    return html`${news} ${this.line(first)}
    ${
      this.isOpen
        ? html`<div class="all" id="all">
            ${this.endedShares()} ${this.notices.map((one) => this.whole(one))}
          </div>`
        : nothing
    }`;
  }

  private line(first: Notice): TemplateResult {
    const { strings, isOpen } = this;
    const count = this.notices.length;
    const counted = strings.text("today.notices", { count });
    return html`<button
      class="banner line ${first.kind === "ended" ? "problem" : ""}"
      aria-expanded=${isOpen}
      aria-controls=${isOpen ? "all" : nothing}
      @click=${() => (this.isOpen = !isOpen)}
    >
      ${icon(first.icon)}<span class="grow">${isOpen ? counted : first.words}</span>
      ${
        count > 1 && !isOpen
          ? html`<span class="count" aria-hidden="true">${count}</span
              ><span class="sr">${counted}</span>`
          : nothing
      }
      ${icon(isOpen ? "fold" : "unfold")}
    </button>`;
  }

  private news(): TemplateResult {
    return html`<doorwatch-whats-new
      .feed=${this.feed}
      .told=${this.told}
      @news-read=${() => {
        this.newsRead = true;
        void this.goOn();
      }}
    ></doorwatch-whats-new>`;
  }

  private endedShares(): TemplateResult {
    return html`<doorwatch-ended-shares
      .feed=${this.feed}
      .ended=${this.ended}
      @ended-read=${this.goOn}
    ></doorwatch-ended-shares>`;
  }

  private whole(notice: Notice): TemplateResult | typeof nothing {
    const { kind, icon: name, words, href } = notice;
    // All of them are one element.
    if (kind === "ended") return nothing;
    if (kind === "news") return this.news();
    if (kind === "hint")
      return html`<doorwatch-notices-hint
        .hint=${this.hint}
        @hint-closed=${() => {
          this.hinted = false;
          void this.goOn();
        }}
      ></doorwatch-notices-hint>`;
    return html`<a class="banner" href=${href ?? nothing} @click=${follow}
      >${icon(name)}<span class="grow">${words}</span></a
    >`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-today-notices": TodayNotices;
  }
}
