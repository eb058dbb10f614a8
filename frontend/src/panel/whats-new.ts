/** News since the version that a person used before, shown once. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { HomeFeed } from "../api/home-feed.ts";
import { HomeElement } from "../ha/home-element.ts";
import panel from "../i18n/panel/en.json" with { type: "json" };
import { shared } from "../ui/styles.ts";

const CHANGES = "https://github.com/doorwatch-project/doorwatch/blob/main/CHANGELOG.md";
/** After several versions, show only the latest lines. */
const MOST = 5;

interface News {
  version: string;
  /** The keys of its texts. */
  lines: readonly string[];
}

/** Numeric, so that 0.10.0 comes after 0.9.0. */
const { compare } = new Intl.Collator("en", { numeric: true });

/** Newest first. */
const NEWS: readonly News[] = Object.entries(panel.news.versions)
  .map(([key, lines]) => ({
    version: key.replaceAll("_", "."),
    lines: Object.keys(lines).map((line) => `news.versions.${key}.${line}`),
  }))
  .sort((a, b) => compare(b.version, a.version));

/** The news since a version. */
export const newSince = (told: string, news = NEWS): string[] =>
  news
    .filter(({ version }) => compare(version, told) > 0)
    .flatMap(({ lines }) => lines)
    .slice(0, MOST);

@customElement("doorwatch-whats-new")
export class WhatsNew extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      /* No space while empty. */
      :host {
        display: contents;
      }
      section {
        padding: 12px 12px 4px 16px;
        border-radius: 10px;
        background: var(--dw-raised);
      }
      h2 {
        margin: 0;
        font-size: 1rem;
        font-weight: 500;
      }
      ul {
        margin: 8px 0;
        padding-inline-start: 20px;
      }
      li {
        margin-block: 4px;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 4px 16px;
      }
      .actions a {
        display: inline-flex;
        align-items: center;
        min-height: 44px;
        color: var(--dw-link);
      }
      @media (forced-colors: active) {
        section {
          border: 1px solid;
        }
      }
    `,
  ];

  @property({ attribute: false }) feed!: HomeFeed;
  /** The last version whose news were shown; null for new users. */
  @property({ attribute: false }) told: string | null | undefined;
  @state() private read = false;

  protected override updated(changed: PropertyValues<this>): void {
    // Nothing is news to a new user; later versions will be.
    if (changed.has("told") && this.told === null) this.tell();
  }

  private tell(): void {
    const [latest] = NEWS;
    if (latest) void this.feed.markSeen({}, latest.version);
  }

  private close(): void {
    this.read = true;
    this.tell();
    this.dispatchEvent(new CustomEvent("news-read"));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { strings, told } = this;
    const lines = told && !this.read ? newSince(told) : [];
    if (lines.length === 0) return nothing;
    return html`<section aria-labelledby="title">
      <h2 id="title">${strings.text("news.title")}</h2>
      <ul>
        ${lines.map((line) => html`<li>${strings.text(line)}</li>`)}
      </ul>
      <div class="actions">
        <a href=${CHANGES} target="_blank" rel="noreferrer"
          >${strings.text("news.all")}</a
        >
        <button @click=${() => this.close()}>${strings.text("news.close")}</button>
      </div>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-whats-new": WhatsNew;
  }
}
