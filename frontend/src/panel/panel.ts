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
import { sameForCard, type HomeAssistant } from "../ha/hass.ts";
import { HomeProvider } from "../ha/home-element.ts";
import "../i18n/panel/words.ts";
import "../live/ring-alert.ts";
import "../ui/snackbar.ts";
import type { Word } from "../ui/snackbar.ts";
import { shared } from "../ui/styles.ts";
import { RarePages, renderPage } from "./pages.ts";
import { renderBackButton, renderMenuButton } from "./panel-header.ts";
import { PanelLocation } from "./panel-location.ts";
import { renderMenu } from "./panel-menu.ts";
import { panelStyles } from "./panel-styles.ts";
import { BASE } from "./route.ts";
import "./today.ts";
import type { Today } from "./today.ts";

@customElement("doorwatch-panel")
export class DoorwatchPanel extends LitElement {
  static override readonly styles = [shared, panelStyles];

  @property({ attribute: false }) hass?: HomeAssistant;
  @property({ type: Boolean, reflect: true }) narrow = false;
  /** Home Assistant sets it when the URL changes; only the URL itself is read. */
  @property({ attribute: false }) route?: { prefix: string; path: string };

  @state() private word: Word | undefined;
  @query("main") private readonly main!: HTMLElement | null;
  @query("#menu") private readonly menu!: HTMLElement | null;
  @query("doorwatch-today") private readonly todayElement!: Today | null;
  // These updates have a name, because those of `hass` alone may be skipped.
  private readonly feed = new HomeFeed(() => this.requestUpdate("feed"));
  private readonly home = new HomeProvider(this);
  private readonly rare = new RarePages(() => this.requestUpdate("rare"));
  private readonly url = new PanelLocation(this, (isOtherPage) => {
    this.requestUpdate("url");
    // Also after the back button, which does not close a popover.
    if (this.menu?.matches(":popover-open")) this.menu.hidePopover();
    if (isOtherPage && this.hasUpdated) void this.begin();
  });

  override connectedCallback(): void {
    super.connectedCallback();
    // The first time, the feed starts with the first `hass`.
    if (this.hass && this.hasUpdated) this.feed.start(this.hass.connection);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed.stop();
  }

  /** Focus the top of the new page for screen readers. */
  private async begin(): Promise<void> {
    await this.updateComplete;
    if (this.url.place.page !== "today") this.main?.focus({ preventScroll: true });
  }

  /** Move the focus from the snackbar to the list or the page. */
  private async goOn(): Promise<void> {
    await this.updateComplete;
    const isToday = this.url.place.page === "today";
    if (isToday && (await this.todayElement?.goOn())) return;
    this.main?.focus({ preventScroll: true });
  }

  /** Focus the clips, or the page if there are none. */
  private async skip(): Promise<void> {
    if (!(await this.todayElement?.skip())) this.main?.focus({ preventScroll: true });
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
    const { hass, home, feed, rare } = this;
    if (!hass || !home.ready) return nothing;
    const { strings } = home;
    const { place, today } = this.url;
    const isToday = place.page === "today";
    const isAdmin = hass.user?.is_admin ?? false;
    // The title of a clip is on its page.
    const title = isToday || place.page === "clip" ? "title" : place.page;
    return html`${isToday ? this.skipLink() : nothing}
      ${
        // The wall shows rings itself.
        place.page === "wall"
          ? nothing
          : html`<doorwatch-ring-alert
              .doorbells=${feed.doorbells}
              .lives=${feed.lives}
              .beside=${place.page === "clip"}
              @ring-over=${() => void this.goOn()}
            ></doorwatch-ring-alert>`
      }
      <header>
        ${
          isToday
            ? renderMenuButton(strings, hass, this.narrow)
            : renderBackButton(strings, place, today)
        }
        <div class="title ${isToday ? "today" : ""}">
          ${strings.text(`panel.${title}`)}
        </div>
        ${renderMenu({ strings, feed, isAdmin, current: place.page })}
      </header>
      <main
        tabindex="-1"
        aria-label=${strings.text(`panel.${place.page}`)}
        @doorwatch-word=${({ detail }: CustomEvent<Word | undefined>) => {
          this.word = detail;
        }}
      >
        ${
          today
            ? html`<doorwatch-today
                .hidden=${!isToday}
                .place=${today}
                .feed=${feed}
                .doorbells=${feed.doorbells}
                .recordings=${feed.recordings}
                .lives=${feed.lives}
                .shares=${feed.shares}
                .proposals=${feed.proposals}
                .requests=${feed.requests}
                .status=${feed.status}
              ></doorwatch-today>`
            : nothing
        }
        ${
          place.page === "today"
            ? nothing
            : html`<div class="page">
                ${renderPage(place, { strings, feed, rare, isAdmin })}
              </div>`
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
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-panel": DoorwatchPanel;
  }
}
