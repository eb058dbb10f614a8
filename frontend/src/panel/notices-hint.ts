/** A one-time hint for a person who could get notifications but gets none. */

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

/** Don't show it again. Browsers without storage do. */
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

  /** Only a hint, so it is not shown if the settings cannot be loaded. */
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
    // Another tab may have hidden it meanwhile.
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
