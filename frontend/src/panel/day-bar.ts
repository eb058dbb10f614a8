/**
 * Navigation between days: previous, next, today, or any day of the calendar.
 *
 * Events: `day-chosen` {day}; `month-shown` {month} when the calendar shows a month whose days
 * are needed.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { dayKey, dayName } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import "./calendar.ts";
import { addDays, noonOf } from "./days.ts";
import { dateFormat } from "../i18n/intl.ts";

@customElement("doorwatch-day-bar")
export class DayBar extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      .name {
        min-width: 0;
        padding: 0 12px;
        background: transparent;
        color: inherit;
        font-size: 1rem;
      }
      .name span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .short {
        display: none;
      }
      @container (max-width: 480px) {
        .short {
          display: block;
        }
        .long {
          display: none;
        }
      }
      .today {
        margin-inline-start: auto;
      }
      .turn .icon {
        scale: var(--scale-direction, 1) 1;
      }
      [aria-disabled="true"] {
        opacity: 0.4;
        cursor: default;
      }
      /* Inactive, but visible while a keyboard user has the focus on it. */
      .today[aria-disabled="true"]:not(:focus) {
        position: absolute;
        visibility: hidden;
      }
      dialog {
        position: fixed;
        inset: auto;
        margin: 0;
        width: min(340px, calc(100vw - 16px));
        max-height: calc(100dvh - 16px);
        overflow: auto;
        padding: 8px;
        border: 1px solid var(--dw-line);
        border-radius: var(--ha-card-border-radius, 12px);
        background: var(--dw-surface);
        color: inherit;
        box-shadow: 0 4px 24px rgba(0, 0, 0, 0.3);
      }
      dialog::backdrop {
        background: transparent;
      }
      dialog > button {
        width: 100%;
        margin-block-start: 4px;
      }
      @media (forced-colors: active) {
        [aria-disabled="true"] {
          color: GrayText;
          opacity: 1;
        }
      }
    `,
  ];

  /** The selected day, as "2026-11-24". */
  @property({ attribute: false }) day!: string;
  /** The number of clips on each day that has any, for the loaded months. */
  @property({ attribute: false }) days: Readonly<Record<string, number>> = {};
  /** The first and the last day with clips, if there are any. */
  @property({ attribute: false }) first: string | null = null;
  @property({ attribute: false }) last: string | null = null;
  @state() private open = false;
  @query(".name") private readonly button!: HTMLButtonElement;
  @query("dialog") private readonly dialog!: HTMLDialogElement | null;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("resize", this.turned);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("resize", this.turned);
  }

  private get today(): string {
    return dayKey(Date.now(), this.locale.zone ?? "UTC");
  }

  /** Today is always included. */
  private get bounds(): { first: string; last: string } {
    const { today, first, last } = this;
    return {
      first: first !== null && first < today ? first : today,
      last: last !== null && last > today ? last : today,
    };
  }

  private choose(day: string): void {
    const { first, last } = this.bounds;
    if (day === this.day || day < first || day > last) return;
    this.dispatchEvent(new CustomEvent("day-chosen", { detail: { day } }));
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (!changed.has("open") || !this.open || !this.dialog) return;
    void this.show(this.dialog);
  }

  private async show(dialog: HTMLDialogElement): Promise<void> {
    dialog.showModal();
    await dialog.querySelector("doorwatch-calendar")?.updateComplete;
    this.place(dialog);
  }

  /** Below the button if there is space, and always within the screen. */
  private place(dialog: HTMLDialogElement): void {
    const button = this.button.getBoundingClientRect();
    const { width, height } = dialog.getBoundingClientRect();
    const room = (at: number, most: number): number => Math.max(8, Math.min(at, most));
    const rtl = getComputedStyle(this).direction === "rtl";
    const left = rtl ? button.right - width : button.left;
    dialog.style.left = `${room(left, innerWidth - width - 8)}px`;
    dialog.style.top = `${room(button.bottom + 4, innerHeight - height - 8)}px`;
  }

  /** After rotating the phone, wait for the layout to find the button's new position. */
  private readonly turned = (): void => {
    requestAnimationFrame(() => {
      if (this.open && this.dialog) this.place(this.dialog);
    });
  };

  private readonly close = (): void => this.dialog?.close();

  private closed(): void {
    this.open = false;
    this.button.focus({ preventScroll: true });
  }

  /** Clicks beside a dialog have the dialog as target, so compare coordinates. */
  private clicked({ target, clientX: x, clientY: y }: MouseEvent): void {
    if (!this.dialog || target !== this.dialog) return;
    const box = this.dialog.getBoundingClientRect();
    if (x < box.left || x > box.right || y < box.top || y > box.bottom) this.close();
  }

  private chosen(event: CustomEvent<{ day: string }>): void {
    this.close();
    this.choose(event.detail.day);
  }

  private monthShown({ detail }: CustomEvent<{ month: string }>): void {
    this.dispatchEvent(new CustomEvent("month-shown", { detail }));
  }

  protected override render(): TemplateResult {
    const { strings, day, today } = this;
    const { first, last } = this.bounds;
    const name = dayName(noonOf(day), "UTC", this.locale);
    const count = this.days[day] ?? 0;
    return html`<div class="bar">
        ${this.turn("previous", addDays(day, -1), day > first)}
        <button
          class="name"
          aria-haspopup="dialog"
          aria-expanded=${this.open}
          @click=${() => (this.open = true)}
        >
          ${icon("calendar")}<span class="long">${name}</span>
          <span class="short">${this.shortName(name)}</span>
          <span class="sr">${strings.text("days.choose")}</span>
        </button>
        ${this.turn("next", addDays(day, 1), day < last)}
        <button
          class="today"
          aria-disabled=${day === today}
          @click=${() => this.choose(today)}
        >
          ${strings.text("days.today")}
        </button>
      </div>
      <span class="sr" role="status"
        >${count > 0 ? strings.text("days.with_clips", { day: name, count }) : name}</span
      >
      ${this.open ? this.calendar(first, last) : nothing}`;
  }

  /** A shorter name for phones. */
  private shortName(name: string): string {
    const { day, today } = this;
    if (day === today || day === addDays(today, -1)) return name;
    return dateFormat(this.locale.language, {
      timeZone: "UTC",
      weekday: "short",
      day: "numeric",
      month: "short",
      ...(day.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" }),
    }).format(new Date(noonOf(day)));
  }

  private turn(
    name: "previous" | "next",
    day: string,
    possible: boolean,
  ): TemplateResult {
    return html`<button
      class="plain turn"
      aria-label=${this.strings.text(`days.${name}`)}
      title=${this.strings.text(`days.${name}`)}
      aria-disabled=${!possible}
      @click=${() => this.choose(day)}
    >
      ${icon(name === "previous" ? "back" : "forth")}
    </button>`;
  }

  private calendar(first: string, last: string): TemplateResult {
    const { strings } = this;
    return html`<dialog
      aria-label=${strings.text("days.calendar")}
      @close=${() => this.closed()}
      @click=${(event: MouseEvent) => this.clicked(event)}
    >
      <doorwatch-calendar
        .day=${this.day}
        .today=${this.today}
        .days=${this.days}
        .first=${first}
        .last=${last}
        @day-chosen=${(event: CustomEvent<{ day: string }>) => this.chosen(event)}
        @month-shown=${(event: CustomEvent<{ month: string }>) => this.monthShown(event)}
      ></doorwatch-calendar>
      <button @click=${this.close}>${strings.text("days.close")}</button>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-day-bar": DayBar;
  }
}
