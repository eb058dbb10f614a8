/**
 * The filters of the clip list: chips, and a search field behind a button.
 *
 * Chips and buttons are one tab stop. Events: `chip-pressed` {chip}, `words-typed` {words} and
 * `select-pressed`.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { CHIPS, isChosen, type Chip } from "./chips.ts";
import { TODAY, type TodayPlace } from "./route.ts";
import { Search } from "./today-search.ts";
import { narrowingStyles } from "./today-narrowing-styles.ts";
import { stepIn } from "./toolbar.ts";

@customElement("doorwatch-narrowing")
export class Narrowing extends HomeElement {
  static override readonly styles = [shared, narrowingStyles];

  @property({ attribute: false }) place: TodayPlace = TODAY;
  /** The chips that match clips. */
  @property({ attribute: false }) chips: readonly Chip[] = [];
  /** Another page is shown. */
  @property({ attribute: false }) isAway = false;
  /** Chips stay in one line, which scrolls. */
  @property({ type: Boolean, reflect: true }) narrow = false;
  /** The tab stop among the buttons. */
  @state() private stop = 0;
  @query("input") private readonly field!: HTMLInputElement | null;
  @query(".search") private readonly opener!: HTMLButtonElement;
  private readonly search = new Search(
    () => this.requestUpdate(),
    (words) => {
      this.dispatchEvent(new CustomEvent("words-typed", { detail: { words } }));
    },
  );

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.search.stop(this.place.words);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // A pending search would navigate back here from another page.
    if (changed.has("isAway") && this.isAway) this.search.stop(this.place.words);
    if (changed.has("place")) this.search.follow(this.place.words);
  }

  private get shown(): readonly Chip[] {
    const shown = CHIPS.filter(
      (chip) => this.chips.includes(chip) || isChosen(this.place, chip),
    );
    return shown.length > 1 ? shown : [];
  }

  private readonly keyed = (event: KeyboardEvent): void => {
    const buttons = [...this.renderRoot.querySelectorAll("button")];
    const rtl = getComputedStyle(this).direction === "rtl";
    const next = stepIn(buttons.length, this.stop, event, rtl);
    if (next === undefined) return;
    event.preventDefault();
    buttons[next]?.focus();
  };

  private readonly focused = (event: FocusEvent): void => {
    const buttons = [...this.renderRoot.querySelectorAll("button")];
    this.stop = Math.max(0, buttons.indexOf(event.target as HTMLButtonElement));
  };

  private async toggle(): Promise<void> {
    if (this.search.isOpen) {
      this.search.close();
      return;
    }
    this.search.open();
    await this.updateComplete;
    this.field?.focus();
  }

  private readonly leave = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.search.close();
    this.opener.focus();
  };

  protected override render(): TemplateResult {
    const { strings, place, search, shown } = this;
    const stop = Math.min(this.stop, shown.length + 1);
    const tabindex = (at: number): 0 | -1 => (at === stop ? 0 : -1);
    const { isOpen } = search;
    return html`<div
        class="bar"
        role="toolbar"
        aria-label=${strings.text("today.chips")}
        @keydown=${this.keyed}
        @focusin=${this.focused}
      >
        <div class="chips">
          ${shown.map(
            (chip, at) =>
              html`<button
                class="chip"
                tabindex=${tabindex(at)}
                aria-pressed=${isChosen(place, chip)}
                @click=${() => {
                  this.dispatchEvent(
                    new CustomEvent("chip-pressed", { detail: { chip } }),
                  );
                }}
              >
                ${isChosen(place, chip) ? icon("check") : nothing}
                ${strings.text(`today.chip.${chip}`)}
              </button>`,
          )}
        </div>
        <button
          class="plain search"
          tabindex=${tabindex(shown.length)}
          aria-expanded=${isOpen}
          aria-label=${strings.text("today.search_button")}
          title=${strings.text("today.search_button")}
          @click=${() => void this.toggle()}
        >
          ${icon(isOpen ? "close" : "search")}
        </button>
        <button
          class="plain select"
          tabindex=${tabindex(shown.length + 1)}
          aria-label=${strings.text("select.start")}
          title=${strings.text("select.start")}
          @click=${() => this.dispatchEvent(new CustomEvent("select-pressed"))}
        >
          ${icon("select")}
        </button>
      </div>
      ${
        isOpen
          ? html`<input
              type="search"
              maxlength="200"
              aria-label=${strings.text("today.search")}
              placeholder=${strings.text("today.search")}
              .value=${search.words}
              @input=${({ target }: Event) => {
                search.type((target as HTMLInputElement).value);
              }}
              @keydown=${this.leave}
            />`
          : nothing
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-narrowing": Narrowing;
  }
}
