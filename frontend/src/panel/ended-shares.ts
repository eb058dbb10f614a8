/** Shares of this person that others stopped or withdrew, until they are marked as read. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { EndedShare } from "../api/commands.ts";
import type { HomeFeed } from "../api/home-feed.ts";
import { HomeElement } from "../ha/home-element.ts";
import { dateTime } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { addressOf, follow } from "./route.ts";

@customElement("doorwatch-ended-shares")
export class EndedShares extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      /* No space while empty. */
      :host {
        display: contents;
      }
      .banner {
        flex-wrap: wrap;
      }
      a {
        color: var(--dw-link);
      }
    `,
  ];

  @property({ attribute: false }) feed!: HomeFeed;
  @property({ attribute: false }) ended: readonly EndedShare[] = [];

  private async read(shareId: string): Promise<void> {
    await this.feed.markRead([shareId]);
    this.dispatchEvent(new CustomEvent("ended-read"));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { ended, strings, locale } = this;
    if (ended.length === 0) return nothing;
    return html`${ended.map(
      ({ share_id, by, what, at }) =>
        html`<div class="banner problem" role="group">
          ${icon("alert")}<span class="grow"
            >${strings.text(`ended.${what}`, {
              name: by,
              time: dateTime(at, this.hass.config.time_zone, locale),
            })}
            <a href=${addressOf({ page: "shared" })} @click=${follow}
              >${strings.text("ended.show")}</a
            ></span
          ><button @click=${() => void this.read(share_id)}>
            ${strings.text("news.close")}
          </button>
        </div>`,
    )}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-ended-shares": EndedShares;
  }
}
