/**
 * A month to choose a day from, with dots on days that have clips: a grid of dates with one tab
 * stop and the usual keys of date pickers.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import {
  addMonths,
  dayByKey,
  firstWeekdayOf,
  monthOf,
  noonOf,
  sameDayOf,
  weeksOf,
  within,
} from "./days.ts";
import { dateFormat } from "../i18n/intl.ts";

@customElement("doorwatch-calendar")
export class Calendar extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }
      h2 {
        margin: 0;
        font-size: 1rem;
        font-weight: 500;
      }
      .icon {
        scale: var(--scale-direction, 1) 1;
      }
      [aria-disabled="true"] {
        opacity: 0.4;
        cursor: default;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        table-layout: fixed;
      }
      th {
        height: 28px;
        font-size: 0.75rem;
        font-weight: 500;
        color: var(--dw-muted);
      }
      td {
        position: relative;
        height: 44px;
        padding: 0;
        text-align: center;
        font-variant-numeric: tabular-nums;
        border-radius: 50%;
      }
      td.day {
        cursor: pointer;
      }
      td.day::before {
        content: "";
        position: absolute;
        inset: 3px calc(50% - 19px);
        border: 2px solid transparent;
        border-radius: 50%;
      }
      td.day:hover:not([aria-disabled="true"])::before {
        background: color-mix(in srgb, var(--dw-text) 8%, transparent);
      }
      td:focus-visible {
        outline: none;
      }
      td:focus-visible::before {
        outline: 3px solid
          color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
        outline-offset: 1px;
      }
      td[aria-current]::before {
        border-color: var(--dw-border);
      }
      td[aria-selected="true"] {
        color: #fff;
      }
      td[aria-selected="true"]::before,
      td[aria-selected="true"]:hover::before {
        background: var(--dw-accent);
        border-color: transparent;
      }
      td span {
        position: relative;
      }
      .clips span::after {
        content: "";
        position: absolute;
        inset-block-start: calc(100% - 1px);
        inset-inline-start: calc(50% - 2.5px);
        width: 5px;
        height: 5px;
        border-radius: 50%;
        background: currentColor;
      }
      @media (forced-colors: active) {
        td[aria-selected="true"] {
          color: HighlightText;
          forced-color-adjust: none;
        }
        td[aria-selected="true"]::before,
        td[aria-selected="true"]:hover::before {
          background: Highlight;
        }
        .clips span::after {
          forced-color-adjust: none;
        }
        [aria-disabled="true"] {
          color: GrayText;
          opacity: 1;
        }
      }
    `,
  ];

  /** The selected day, as "2026-11-24". */
  @property({ attribute: false }) day!: string;
  @property({ attribute: false }) today!: string;
  /** The number of clips on each day that has any, for the loaded months. */
  @property({ attribute: false }) days: Readonly<Record<string, number>> = {};
  @property({ attribute: false }) first!: string;
  @property({ attribute: false }) last!: string;
  /** The day with the keyboard focus; its month is shown. */
  @state() private at = "";
  @query("td[tabindex='0']") private readonly cell!: HTMLElement | null;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("day")) this.at = within(this.day, this.first, this.last);
  }

  protected override firstUpdated(): void {
    this.cell?.focus();
    this.tellMonth();
  }

  private tellMonth(): void {
    this.dispatchEvent(
      new CustomEvent("month-shown", { detail: { month: monthOf(this.at) } }),
    );
  }

  private choose(day: string): void {
    if (day < this.first || day > this.last) return;
    this.dispatchEvent(new CustomEvent("day-chosen", { detail: { day } }));
  }

  private go(to: string): void {
    const before = monthOf(this.at);
    this.at = within(to, this.first, this.last);
    if (monthOf(this.at) !== before) this.tellMonth();
  }

  private async key(event: KeyboardEvent): Promise<void> {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(this.at);
      return;
    }
    const to = dayByKey(event.key, event.shiftKey, this.at, {
      firstWeekday: this.firstWeekday,
      rightToLeft: getComputedStyle(this).direction === "rtl",
    });
    if (to === undefined) return;
    event.preventDefault();
    this.go(to);
    await this.updateComplete;
    this.cell?.focus();
  }

  private get firstWeekday(): number {
    return firstWeekdayOf(this.locale.language, this.locale.firstWeekday);
  }

  private inUtc(day: string, form: Intl.DateTimeFormatOptions): string {
    return dateFormat(this.locale.language, {
      timeZone: "UTC",
      ...form,
    }).format(new Date(noonOf(day)));
  }

  protected override render(): TemplateResult {
    const month = monthOf(this.at);
    const weeks = weeksOf(month, this.firstWeekday);
    const aWeek = weeks[1] ?? [];
    return html`<header>
        ${this.turn(-1, monthOf(this.first) < month)}
        <h2 id="month" aria-live="polite">
          ${this.inUtc(this.at, { month: "long", year: "numeric" })}
        </h2>
        ${this.turn(1, month < monthOf(this.last))}
      </header>
      <table
        role="grid"
        aria-labelledby="month"
        @keydown=${(event: KeyboardEvent) => void this.key(event)}
      >
        <thead>
          <tr>
            ${aWeek.map(
              (day = "") =>
                html`<th scope="col" abbr=${this.inUtc(day, { weekday: "long" })}>
                  ${this.inUtc(day, { weekday: "short" })}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${weeks.map(
            (week) =>
              html`<tr>
                ${week.map((day) => (day ? this.date(day) : html`<td></td>`))}
              </tr>`,
          )}
        </tbody>
      </table>`;
  }

  private turn(direction: -1 | 1, possible: boolean): TemplateResult {
    return html`<button
      class="plain"
      aria-label=${this.strings.text(
        direction < 0 ? "days.previous_month" : "days.next_month",
      )}
      aria-disabled=${!possible}
      @click=${() => this.go(sameDayOf(addMonths(monthOf(this.at), direction), this.at))}
    >
      ${icon(direction < 0 ? "back" : "forth")}
    </button>`;
  }

  private date(day: string): TemplateResult {
    const count = this.days[day] ?? 0;
    const name = this.inUtc(day, { weekday: "long", day: "numeric", month: "long" });
    return html`<td
      class="day ${count > 0 ? "clips" : ""}"
      tabindex=${day === this.at ? 0 : -1}
      aria-label=${
        count > 0 ? this.strings.text("days.with_clips", { day: name, count }) : name
      }
      aria-selected=${day === this.day}
      aria-current=${day === this.today ? "date" : nothing}
      aria-disabled=${day < this.first || day > this.last ? true : nothing}
      @click=${() => this.choose(day)}
    >
      <span>${this.inUtc(day, { day: "numeric" })}</span>
    </td>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-calendar": Calendar;
  }
}
