/** The card: the doors now, the latest clips, and a line about shares. */

import {
  html,
  LitElement,
  nothing,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Clip } from "../api/commands.ts";
import "../clips/clip-tile.ts";
import { configForm, type CardConfig } from "../editors/card-form.ts";
import { languageOfPage, sameForCard, type HomeAssistant } from "../ha/hass.ts";
import { HomeProvider } from "../ha/home-element.ts";
import { fetchWords, Strings } from "../i18n/strings.ts";
import { AllLive } from "../live/all-live.ts";
import "../live/still.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { asked, badges } from "./badges.ts";
import { CardFeeds } from "./card-feeds.ts";
import { cardStyles } from "./card-styles.ts";
import { renderEmpty } from "./empty-state.ts";

/** The number of clips if the configuration has none. */
const LIMIT = 4;

@customElement("doorwatch-card-content")
export class DoorwatchCard extends LitElement {
  static override readonly styles = [shared, cardStyles];

  @property({ attribute: false }) hass?: HomeAssistant;
  @state() private config: CardConfig | undefined;
  // This update has a name, because those of `hass` alone may be skipped.
  private readonly feeds = new CardFeeds(() => this.requestUpdate("feeds"));
  private readonly home = new HomeProvider(this);
  private readonly allLive = new AllLive(this);

  static async getConfigForm(): Promise<ReturnType<typeof configForm>> {
    const language = languageOfPage();
    await fetchWords(language);
    return configForm(new Strings(language));
  }

  setConfig(config: CardConfig): void {
    const before = this.config;
    this.config = config;
    const other = before?.entity !== config.entity || before?.limit !== config.limit;
    if (this.hasUpdated && other) this.restart();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.restart();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feeds.stop();
  }

  protected override firstUpdated(): void {
    this.restart();
  }

  private get limit(): number {
    return this.config?.limit ?? LIMIT;
  }

  private restart(): void {
    if (!this.isConnected || !this.hass || !this.config) return;
    this.feeds.start(this.hass.connection, this.config.entity, this.limit);
  }

  /** `hass` changes with every entity of the home; few changes affect the card. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    if (changed.size !== 1 || !changed.has("hass")) return true;
    return !sameForCard(changed.get("hass"), this.hass, this.feeds.home.cameras);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("hass") || !this.hass) return;
    this.home.set(this.hass);
    const before = changed.get("hass");
    if (before && before.connection !== this.hass.connection) this.restart();
  }

  private get strings(): Strings {
    return this.home.strings;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config || !this.home.ready) return nothing;
    const { strings, feeds } = this;
    const title = this.config.title ?? "";
    return html`<ha-card>
      ${title ? html`<h2 class="card-title">${title}</h2>` : nothing}
      <div class="content">
        <div role="status">
          ${
            this.hass.connected
              ? nothing
              : html`<p class="banner">
                  ${icon("offline")}
                  <span class="grow">${strings.text("card.disconnected")}</span>
                </p>`
          }
        </div>
        ${this.doors()} ${this.badgeLine()} ${this.clips()}
        ${
          feeds.doorbells.length > 0
            ? html`<a class="button all" href=${this.address}
                >${strings.text("card.all")}</a
              >`
            : nothing
        }
      </div>
    </ha-card>`;
  }

  /** The panel's address, for the card's doorbell or for all. */
  private get address(): string {
    const only = this.config?.entity ? this.feeds.doorbells[0] : undefined;
    return only
      ? `/doorwatch?doorbell=${encodeURIComponent(only.doorbell_id)}`
      : "/doorwatch";
  }

  private doors(): TemplateResult | typeof nothing {
    const { doorbells, home } = this.feeds;
    if (doorbells.length === 0) return nothing;
    return html`<ul class="doors">
        ${repeat(
          doorbells,
          (one) => one.doorbell_id,
          (one) =>
            html`<li>
              <doorwatch-still
                view-only
                .doorbell=${one}
                .recording=${home.recordings.find(
                  ({ doorbell_id }) => doorbell_id === one.doorbell_id,
                )}
                .live=${home.lives.find(
                  ({ doorbell_id }) => doorbell_id === one.doorbell_id,
                )}
              ></doorwatch-still>
            </li>`,
        )}
      </ul>
      ${this.allLive.button(this.strings, doorbells.length)}`;
  }

  private badgeLine(): TemplateResult {
    const { shares, proposals, requests } = this.feeds.home;
    const line = (
      page: "shared" | "requests",
      words: readonly string[],
    ): TemplateResult | typeof nothing =>
      words.length === 0
        ? nothing
        : html`<a class="banner badge" href="/doorwatch/${page}">
            ${icon(page === "requests" ? "request" : "share")}
            <span class="grow">${words.join(" ")}</span>
          </a>`;
    return html`${line("requests", asked(this.strings, requests))}
    ${line("shared", badges(this.strings, shares, proposals))}`;
  }

  private clips(): TemplateResult {
    const { strings, feeds } = this;
    const clips = feeds.clips.clips.slice(0, this.limit);
    if (feeds.status !== "ready" && clips.length === 0) {
      const { status, failure, retry } = feeds;
      return renderEmpty({ strings, status, failure, retry, hasDoorbell: true });
    }
    if (clips.length === 0) {
      const hasDoorbell = feeds.doorbells.length > 0;
      return renderEmpty({ strings, status: "ready", hasDoorbell });
    }
    const list = this.config?.layout === "list";
    return html`<ul
      class="clips ${list ? "list" : ""}"
      aria-label=${strings.text("card.latest")}
    >
      ${repeat(
        clips,
        (clip) => clip.clip_id,
        (clip) =>
          html`<li>
            <doorwatch-clip
              .clip=${clip}
              .doorbell=${this.doorbellName(clip)}
              .nameShown=${feeds.doorbells.length > 1}
              ?list=${list}
            ></doorwatch-clip>
          </li>`,
      )}
    </ul>`;
  }

  private doorbellName(clip: Clip): string {
    const { doorbells } = this.feeds.home;
    return (
      doorbells.find((one) => one.doorbell_id === clip.doorbell_id)?.name ??
      this.strings.text("clip.no_doorbell")
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-card-content": DoorwatchCard;
  }
}
