/** One quiet line, once: this person could be notified, and nothing reaches them yet. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { isMissing } from "../notices/levels.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { addressOf, follow } from "./route.ts";

const keyOf = (userId: string | undefined): string =>
  `doorwatch-notices-hint:${userId ?? ""}`;

/** This person knows. A browser that keeps nothing says it again. */
export function hideHint(userId: string | undefined): void {
  try {
    localStorage.setItem(keyOf(userId), "seen");
  } catch {
    return;
  }
}

function isHidden(userId: string | undefined): boolean {
  try {
    return localStorage.getItem(keyOf(userId)) !== null;
  } catch {
    return false;
  }
}

@customElement("doorwatch-notices-hint")
export class NoticesHint extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      .banner {
        margin-bottom: 12px;
        padding-block: 0;
        padding-inline-end: 0;
      }
      a {
        flex: 1;
        min-height: 44px;
        display: flex;
        align-items: center;
        color: inherit;
        text-underline-offset: 3px;
      }
    `,
  ];

  @state() private shown = false;

  protected override firstUpdated(): void {
    void this.look();
  }

  /** It is only an offer: where it cannot be known, nothing is said. */
  private async look(): Promise<void> {
    if (isHidden(this.hass.user?.id)) return;
    await this.attempt(async (connection) => {
      this.shown = isMissing(await api.notices(connection));
    });
  }

  private hide(): void {
    hideHint(this.hass.user?.id);
    this.shown = false;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { strings } = this;
    // Another page may have told them meanwhile.
    if (!this.shown || isHidden(this.hass.user?.id)) return nothing;
    return html`<div class="banner">
      ${icon("notices")}
      <a href=${addressOf({ page: "notifications" })} @click=${follow}
        >${strings.text("notices.offer")}</a
      >
      <button
        class="plain"
        aria-label=${strings.text("notices.offer_close")}
        @click=${() => this.hide()}
      >
        ${icon("close")}
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-notices-hint": NoticesHint;
  }
}
