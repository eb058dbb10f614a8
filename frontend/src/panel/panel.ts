/** The panel: the page of the URL below a header like that of Home Assistant's own pages. */

import {
  html,
  LitElement,
  nothing,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { HomeFeed } from "../api/home-feed.ts";
import { MENU_BUTTON } from "../ha/core-names.ts";
import { sameForCard, type HomeAssistant } from "../ha/hass.ts";
import { HomeProvider } from "../ha/home-element.ts";
import { goBack } from "../ha/navigate.ts";
import "../i18n/panel/words.ts";
import { fitting, isAsked } from "../requests/fitting.ts";
import { icon, type IconName } from "../ui/icons.ts";
import "../live/ring-alert.ts";
import "../ui/snackbar.ts";
import type { Word } from "../ui/snackbar.ts";
import { shared } from "../ui/styles.ts";
import { RarePages, renderPage, type PagePlace } from "./pages.ts";
import { panelStyles } from "./panel-styles.ts";
import {
  addressOf,
  BASE,
  follow,
  placeOf,
  TODAY,
  type Place,
  type TodayPlace,
} from "./route.ts";
import "./today.ts";
import type { Today } from "./today.ts";

interface Entry {
  page: "requests" | "shared" | "deleted" | "wall" | "notifications" | "settings";
  icon: IconName;
}

const MENU: readonly Entry[] = [
  { page: "requests", icon: "request" },
  { page: "shared", icon: "shares" },
  { page: "deleted", icon: "bin" },
  { page: "wall", icon: "full" },
  { page: "notifications", icon: "notices" },
  { page: "settings", icon: "settings" },
];

@customElement("doorwatch-panel")
export class DoorwatchPanel extends LitElement {
  static override readonly styles = [shared, panelStyles];

  @property({ attribute: false }) hass?: HomeAssistant;
  @property({ type: Boolean, reflect: true }) narrow = false;
  /** Home Assistant sets it when the URL changes; only the URL itself is read. */
  @property({ attribute: false }) route?: { prefix: string; path: string };

  @state() private place: Place = TODAY;
  /** The last place on Today, kept for the way back from another page. */
  @state() private today: TodayPlace | undefined;
  @state() private word: Word | undefined;
  @query("main") private readonly main!: HTMLElement | null;
  @query("#menu") private readonly menuOpened!: HTMLElement | null;
  @query("doorwatch-today") private readonly todayElement!: Today | null;
  private readonly feed = new HomeFeed(() => this.requestUpdate());
  private readonly home = new HomeProvider(this);
  private readonly rare = new RarePages(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("location-changed", this.moved);
    window.addEventListener("popstate", this.moved);
    this.moved();
    // The first time, the feed starts with the first `hass`.
    if (this.hass && this.hasUpdated) this.feed.start(this.hass.connection);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("location-changed", this.moved);
    window.removeEventListener("popstate", this.moved);
    this.feed.stop();
  }

  private readonly moved = (): void => {
    const { pathname, search } = location;
    // Home Assistant also announces other pages just before it removes the panel.
    if (pathname !== BASE && !pathname.startsWith(`${BASE}/`)) return;
    const place = placeOf(pathname.slice(BASE.length), search);
    if (JSON.stringify(place) === JSON.stringify(this.place) && this.hasUpdated) return;
    // Also after the back button, which does not close a popover.
    if (this.menuOpened?.matches(":popover-open")) this.menuOpened.hidePopover();
    const other = place.page !== this.place.page;
    this.place = place;
    if (place.page === "today") this.today = place;
    if (other && this.hasUpdated) void this.begin();
  };

  /** Focus the top of the new page for screen readers. */
  private async begin(): Promise<void> {
    await this.updateComplete;
    if (this.place.page !== "today") this.main?.focus({ preventScroll: true });
  }

  /** Move the focus from the snackbar to the list or the page. */
  private async goOn(): Promise<void> {
    await this.updateComplete;
    if (this.place.page === "today" && (await this.todayElement?.goOn())) return;
    this.main?.focus({ preventScroll: true });
  }

  /** `hass` changes with every entity of the home; few changes affect the panel. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    if (changed.size !== 1 || !changed.has("hass")) return true;
    return !sameForCard(changed.get("hass"), this.hass, this.feed.cameras);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("hass") || !this.hass) return;
    this.home.set(this.hass);
    const before = changed.get("hass");
    if (before?.connection !== this.hass.connection)
      this.feed.start(this.hass.connection);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, place, home } = this;
    if (!hass || !home.ready) return nothing;
    return html`${place.page === "today" ? this.skipLink() : nothing}
      ${place.page === "wall" ? nothing : this.ringAlert()}
      <header>
        ${place.page === "today" ? this.menuButton() : this.backButton()}
        <div class="title ${place.page === "today" ? "today" : ""}">
          ${this.heading}
        </div>
        ${this.menu()}
      </header>
      <main
        tabindex="-1"
        aria-label=${home.strings.text(`panel.${place.page}`)}
        @doorwatch-word=${({ detail }: CustomEvent<Word | undefined>) => {
          this.word = detail;
        }}
      >
        ${
          this.today
            ? html`<doorwatch-today
                .hidden=${place.page !== "today"}
                .place=${this.today}
                .feed=${this.feed}
                .doorbells=${this.feed.doorbells}
                .recordings=${this.feed.recordings}
                .lives=${this.feed.lives}
                .shares=${this.feed.shares}
                .proposals=${this.feed.proposals}
                .requests=${this.feed.requests}
                .status=${this.feed.status}
              ></doorwatch-today>`
            : nothing
        }
        ${
          place.page === "today"
            ? nothing
            : html`<div class="page">${this.page(place)}</div>`
        }
      </main>
      <doorwatch-snackbar
        .word=${this.word}
        @snackbar-closed=${({ detail: focused }: CustomEvent<boolean>) => {
          this.word = undefined;
          if (focused) void this.goOn();
        }}
      ></doorwatch-snackbar>`;
  }

  private skipLink(): TemplateResult {
    return html`<a
      class="skip"
      href=${BASE}
      @click=${(event: Event) => {
        event.preventDefault();
        void this.skip();
      }}
      >${this.home.strings.text("panel.skip")}</a
    >`;
  }

  /** Focus the clips, or the page if there are none. */
  private async skip(): Promise<void> {
    if (!(await this.todayElement?.skip())) this.main?.focus({ preventScroll: true });
  }

  /** The wall shows rings itself. */
  private ringAlert(): TemplateResult {
    return html`<doorwatch-ring-alert
      .doorbells=${this.feed.doorbells}
      .lives=${this.feed.lives}
      .beside=${this.place.page === "clip"}
      @ring-over=${() => void this.goOn()}
    ></doorwatch-ring-alert>`;
  }

  /** The page's title; a clip's page has its own. */
  private get heading(): string {
    const { page } = this.place;
    const named = page !== "today" && page !== "clip";
    return this.home.strings.text(`panel.${named ? page : "title"}`);
  }

  private page(place: PagePlace): TemplateResult {
    const { strings } = this.home;
    const admin = this.hass?.user?.is_admin ?? false;
    const { feed, rare } = this;
    const page =
      place.page === "settings" && !admin
        ? undefined
        : renderPage(place, { strings, feed, rare });
    return (
      page ??
      html`<div class="unknown" role="status">
        <h1>${strings.text("panel.nothing_here")}</h1>
        <a class="button" href=${BASE} @click=${follow}
          >${strings.text("panel.today")}</a
        >
      </div>`
    );
  }

  private menuButton(): TemplateResult | typeof nothing {
    const { hass, narrow } = this;
    if (customElements.get(MENU_BUTTON))
      return html`<ha-menu-button .hass=${hass} .narrow=${narrow}></ha-menu-button>`;
    if (!narrow) return nothing;
    return html`<button
      class="plain"
      aria-label=${this.home.strings.text("panel.side_bar")}
      @click=${() =>
        this.dispatchEvent(
          new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true }),
        )}
    >
      ${icon("menu")}
    </button>`;
  }

  private backButton(): TemplateResult {
    const { place } = this;
    let above = BASE;
    if (place.page === "proof") above = addressOf({ page: "shared" });
    if (place.page === "requests" && place.asked)
      above = addressOf({ page: "requests" });
    return html`<button
      class="plain back"
      aria-label=${this.home.strings.text("panel.back")}
      @click=${() => goBack(this.today ? addressOf(this.today) : above)}
    >
      ${icon("leave")}
    </button>`;
  }

  private menu(): TemplateResult | typeof nothing {
    const { strings } = this.home;
    const admin = this.hass?.user?.is_admin ?? false;
    const { requests, doorbells } = this.feed;
    const hidden = (page: Entry["page"]): boolean =>
      (page === "settings" && !admin) ||
      (page === "requests" && !isAsked(requests)) ||
      (page === "wall" && doorbells.length === 0);
    const entries = MENU.filter(({ page }) => !hidden(page));
    if (entries.length === 0) return nothing;
    return html`<button
        class="plain"
        popovertarget="menu"
        aria-label=${strings.text("panel.more")}
      >
        ${icon("more")}
      </button>
      <nav
        id="menu"
        class="menu"
        popover
        aria-label=${strings.text("panel.more")}
        @click=${(event: Event) => (event.currentTarget as HTMLElement).hidePopover()}
      >
        ${entries.map(
          ({ page, icon: name }) =>
            html`<a
              href=${addressOf({ page })}
              aria-current=${this.place.page === page ? "page" : nothing}
              @click=${follow}
              >${icon(name)}${strings.text(`panel.${page}`)}
              ${page === "requests" ? this.fits() : nothing}</a
            >`,
        )}
      </nav>`;
  }

  /** The number of requests that could be answered from here. */
  private fits(): TemplateResult | typeof nothing {
    const count = fitting(this.feed.requests);
    if (count === 0) return nothing;
    return html`<span class="count"
      >${this.home.strings.text("panel.requests_fit", { count })}</span
    >`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-panel": DoorwatchPanel;
  }
}
