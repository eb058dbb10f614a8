/** A one-time hint for a person who could get notifications but gets none. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import * as noticeApi from "../api/notices.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";
import { isMissing } from "../notices/levels.ts";
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

/** Whether to show the hint. */
export class Hint {
  /** Whether the settings were loaded, or are not needed. */
  isKnown = false;
  readonly #changed: () => void;
  #begun = false;
  #missing = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Look once. It is only a hint, so it is not shown if the settings cannot be loaded. */
  async look({ connection, user }: HomeAssistant): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    try {
      if (!isHidden(user?.id))
        this.#missing = isMissing(await noticeApi.notices(connection));
    } catch {
      this.#missing = false;
    }
    this.isKnown = true;
    this.#changed();
  }

  /** Another tab or page may have hidden it meanwhile. */
  isShown({ user }: HomeAssistant): boolean {
    return this.#missing && !isHidden(user?.id);
  }
}

@customElement("doorwatch-notices-hint")
export class NoticesHint extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      .banner {
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

  @property({ attribute: false }) hint!: Hint;

  private hide(): void {
    hideHint(this.hass.user?.id);
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent("hint-closed"));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { strings } = this;
    if (!this.hint.isShown(this.hass)) return nothing;
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
