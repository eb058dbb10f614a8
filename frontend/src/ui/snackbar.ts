/** A short message at the bottom of the card about an action, with Undo. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "./icons.ts";
import { shared } from "./styles.ts";

export interface Word {
  text: string;
  /** Undoes the action. */
  undo?: () => void;
}

const SHOWN_FOR = 12_000;

@customElement("doorwatch-snackbar")
export class Snackbar extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        position: sticky;
        bottom: 8px;
        z-index: 2;
        display: block;
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 4px;
        margin: 0 8px 8px;
        padding: 4px 4px 4px 16px;
        border-radius: 12px;
        background: #2f3033;
        color: #fff;
        box-shadow: 0 4px 16px rgba(0, 0, 0, 0.35);
      }
      .words {
        flex: 1;
        min-width: 0;
        padding: 8px 0;
      }
      button {
        background: transparent;
        color: #fff;
      }
      button:hover:not(:disabled) {
        background: rgba(255, 255, 255, 0.14);
      }
      :focus-visible {
        outline-color: #fff;
        outline-offset: -3px;
      }
      @media (prefers-reduced-motion: no-preference) {
        .bar {
          animation: rise 0.16s ease-out;
        }
        @keyframes rise {
          from {
            opacity: 0;
            transform: translateY(12px);
          }
        }
      }
    `,
  ];

  @property({ attribute: false }) word: Word | undefined;
  @query("button.undo") private readonly undoButton!: HTMLButtonElement | null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (!changed.has("word")) return;
    this.wait();
    // Move the focus to Undo, because the clip that had it is gone; but only after the dialog has
    // returned the focus.
    if (this.word?.undo) {
      setTimeout(() => this.undoButton?.focus({ preventScroll: true }));
    }
  }

  /** It stays while the pointer or the focus is on it. */
  private readonly wait = (): void => {
    clearTimeout(this.timer);
    if (!this.word) return;
    this.timer = setTimeout(() => {
      if (this.matches(":hover") || this.shadowRoot?.activeElement) this.wait();
      else this.close();
    }, SHOWN_FOR);
  };

  /** Close it; report whether it had the focus, which must move elsewhere. */
  private close(): void {
    const focused = Boolean(this.shadowRoot?.activeElement);
    this.dispatchEvent(new CustomEvent("snackbar-closed", { detail: focused }));
  }

  private undo(): void {
    const { word } = this;
    this.close();
    word?.undo?.();
  }

  protected override render(): TemplateResult {
    const { word, strings } = this;
    return html`<div role="status">
      ${
        word
          ? html`<div class="bar">
              <span class="words">${word.text}</span>
              ${
                word.undo
                  ? html`<button class="undo" @click=${() => this.undo()}>
                      ${icon("undo")} ${strings.text("snackbar.undo")}
                    </button>`
                  : nothing
              }
              <button
                class="plain"
                aria-label=${strings.text("snackbar.close")}
                @click=${() => this.close()}
              >
                ${icon("close")}
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-snackbar": Snackbar;
  }
}
